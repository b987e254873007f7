/** Draws texts of a form; the same numbers give the same texts. */
export type Draw = {
  of: (alphabet: string, length: number) => string;
  pick: <T>(items: readonly T[]) => T;
};

const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER = UPPER.toLowerCase();
const DIGITS = "0123456789";
const HEX = "0123456789abcdef";
const ALNUM = UPPER + LOWER + DIGITS;
const URL64 = `${ALNUM}-_`;
const STD64 = `${ALNUM}+/`;

export function createDraw(random: () => number): Draw {
  const pick = <T>(items: readonly T[]): T => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new Error("Nothing to draw from");
    return item;
  };
  const of = (alphabet: string, length: number) => Array.from({ length }, () => pick([...alphabet])).join("");
  return { of, pick };
}

/** `secret`: what must not survive; `texts`: where such things are met. */
export type SecretShape = {
  name: string;
  secret: (draw: Draw) => string;
  texts: readonly ((secret: string) => string)[];
};

const base64 = (text: string) => Buffer.from(text).toString("base64");
const base64url = (text: string) => Buffer.from(text).toString("base64url");

/** What shows by its form is found in any sentence. */
const ANYWHERE: SecretShape["texts"] = [
  (secret) => `Request failed: ${secret} was refused`,
  (secret) => `The vendor answered 401 for "${secret}".`,
  (secret) => `using ${secret}, then gave up`,
  (secret) => `{"message":"rejected","given":"${secret}"}`,
];
/** What is any text to look at shows by what stands before it. */
const NAMED: SecretShape["texts"] = [
  (secret) => `GET https://api.example.com/v3/files/1?apikey=${secret}&limit=10 failed with 403`,
  (secret) => `request to https://api.example.com/v1?q=8.8.8.8&api_key=${secret} failed, reason: socket hang up`,
  (secret) => `401 Unauthorized {"headers":{"x-apikey":"${secret}","accept":"application/json"}}`,
  (secret) => `{"err":{"config":{"headers":{"X-Auth-Token":"${secret}","User-Agent":"node"}}}}`,
  (secret) => `Invalid API key: ${secret}`,
  (secret) => `curl -H 'x-api-key: ${secret}' https://api.example.com/v1`,
  (secret) => `options: { apiKey: '${secret}', url: 'https://api.example.com' }`,
  (secret) => `client_id=polarity&client_secret=${secret}&grant_type=client_credentials`,
  (secret) => `<error><apiKey>${secret}</apiKey><code>7</code></error>`,
  (secret) => `--api-key ${secret} --verbose`,
];
const PROSE: SecretShape["texts"] = [
  (secret) => `The API key ${secret} is invalid or has expired`,
  (secret) => `Wrong API key provided: ${secret}.`,
  (secret) => `Your token "${secret}" does not have access`,
];
const PASSWORDS: SecretShape["texts"] = [
  (secret) => `connect ECONNREFUSED postgres://polarity:${secret}@db.example.com:5432/polarity`,
  (secret) => `MongoServerError: mongodb+srv://app:${secret}@cluster0.example.net/?retryWrites=true`,
  (secret) => `redis://:${secret}@cache.example.com:6379/0 closed the connection`,
  (secret) => `Server=tcp:sql.example.com,1433;User ID=sa;Password=${secret};Encrypt=True`,
  (secret) => `dsn: host=db.example.com user=polarity password=${secret} sslmode=require`,
  (secret) => `https://user:${secret}@splunk.example.com:8089/services timed out`,
  (secret) => `{"username":"svc","password":"${secret}"}`,
  (secret) => `username=svc&password=${secret}&remember=1`,
  (secret) => `amqps://worker:${secret}@mq.example.com/vhost is unreachable`,
  (secret) => `jdbc:mysql://db.example.com:3306/x?user=app&password=${secret}`,
  (secret) => `ldap bind failed: bindDn=cn=svc, bindPassword=${secret}`,
  (secret) => `user:${secret}@tcp(192.0.2.1:3306)/db: timeout`,
];
const AUTHORIZATION: SecretShape["texts"] = [
  (secret) => `Authorization: Bearer ${secret}`,
  (secret) => `{"request":{"headers":{"Authorization":"Bearer ${secret}"}}}`,
  (secret) => `The header "authorization: token ${secret}" was refused`,
  (secret) => `GET /v1 HTTP/1.1\nHost: api.example.com\nAuthorization: Token ${secret}\nAccept: */*`,
  (secret) => `sent Bearer ${secret} to the vendor`,
  (secret) => `{ Authorization: 'GenieKey ${secret}' }`,
];
const COOKIES: SecretShape["texts"] = [
  (secret) => `Set-Cookie: JSESSIONID=${secret}; Path=/; HttpOnly`,
  (secret) => `Cookie: theme=dark; sessionid=${secret}; lang=en`,
  (secret) => `{"headers":{"cookie":"sid=${secret}; a=b"}}`,
  (secret) => `redirected to /login;jsessionid=${secret}?next=/`,
  (secret) => `session_id=${secret} is no longer valid`,
  (secret) => `{"sessionToken":"${secret}","state":"expired"}`,
  (secret) => `PHPSESSID=${secret}; path=/`,
];

const hex = (length: number) => (draw: Draw) => draw.of(HEX, length);
const after = (prefix: string, alphabet: string, length: number) => (draw: Draw) => prefix + draw.of(alphabet, length);
const form = (name: string, secret: SecretShape["secret"]): SecretShape => ({ name, secret, texts: ANYWHERE });
const placed = (name: string, secret: SecretShape["secret"], texts: SecretShape["texts"]): SecretShape => ({
  name,
  secret,
  texts,
});

/** Shapes of secrets as vendors make them; none of them is real. */
export const SECRET_SHAPES: readonly SecretShape[] = [
  form("AWS access key id", after("AKIA", UPPER + DIGITS, 16)),
  form("AWS temporary key id", after("ASIA", UPPER + DIGITS, 16)),
  placed("AWS secret key", (draw) => draw.of(STD64, 40), [
    (secret) => `aws_secret_access_key=${secret}`,
    (secret) => `{"SecretAccessKey":"${secret}"}`,
    (secret) => `AWS_SECRET_ACCESS_KEY: ${secret}`,
    (secret) => `{"Credentials":{"AccessKeyId":"x","SecretKey":"${secret}"}}`,
  ]),
  placed("AWS signature", hex(64), [
    (secret) => `https://b.s3.amazonaws.com/k?X-Amz-Date=20260301T000000Z&X-Amz-Signature=${secret}`,
    (secret) => `Authorization: AWS4-HMAC-SHA256 Credential=x/20260301/eu/s3/aws4_request, Signature=${secret}`,
  ]),
  form("Google API key", after("AIza", URL64, 35)),
  form("Google OAuth token", after("ya29.", URL64, 60)),
  form("Google client secret", after("GOCSPX-", URL64, 28)),
  form("Google refresh token", after("1//0", URL64, 60)),
  form("Azure client secret", (draw) => `${draw.of(ALNUM, 3)}8Q~${draw.of(`${ALNUM}_.~-`, 31)}${draw.of(ALNUM, 3)}`),
  placed("Azure storage key", (draw) => `${draw.of(STD64, 86)}==`, [
    (secret) => `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${secret};EndpointSuffix=core.windows.net`,
    (secret) => `Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=r;SharedAccessKey=${secret}`,
  ]),
  placed("Azure SAS", (draw) => `${draw.of(ALNUM, 42)}%3D`, [
    (secret) => `https://a.blob.core.windows.net/c?sv=2024-01-01&se=2026-03-01&sig=${secret} 403`,
    (secret) => `SharedAccessSignature sr=x&sig=${secret}&se=1&skn=k`,
  ]),
  placed("Azure subscription key", hex(32), [
    (secret) => `Ocp-Apim-Subscription-Key: ${secret}`,
    (secret) => `{"headers":{"Ocp-Apim-Subscription-Key":"${secret}"}}`,
    (secret) => `https://api.example.com/?subscription-key=${secret}`,
  ]),
  form("GitHub token", (draw) => draw.pick(["ghp_", "gho_", "ghu_", "ghs_", "ghr_"]) + draw.of(ALNUM, 36)),
  form("GitHub fine-grained token", (draw) => `github_pat_${draw.of(ALNUM, 22)}_${draw.of(ALNUM, 59)}`),
  form("GitLab token", after("glpat-", URL64, 20)),
  form(
    "GitLab other token",
    (draw) => draw.pick(["gldt-", "glrt-", "glptt-", "glsoat-", "glcbt-"]) + draw.of(URL64, 24),
  ),
  form(
    "Slack token",
    (draw) => `${draw.pick(["xoxb", "xoxp", "xoxa", "xoxs"])}-${draw.of(DIGITS, 12)}-${draw.of(ALNUM, 24)}`,
  ),
  form("Slack app token", (draw) => `xapp-1-A${draw.of(UPPER, 10)}-${draw.of(DIGITS, 13)}-${draw.of(HEX, 64)}`),
  form("Slack refresh token", after("xoxe-1-", ALNUM, 60)),
  placed("Slack webhook", (draw) => `${draw.of(UPPER + DIGITS, 9)}/${draw.of(ALNUM, 24)}`, [
    (secret) => `POST https://hooks.slack.com/services/T00000000/${secret} returned 404`,
    (secret) => `{"url":"https://hooks.slack.com/services/T00000000/${secret}"}`,
  ]),
  placed("Teams webhook", hex(32), [
    (secret) => `https://example.webhook.office.com/webhookb2/0-0@1-1/IncomingWebhook/${secret}/0-0 returned 410`,
  ]),
  placed("Discord webhook", (draw) => draw.of(URL64, 68), [
    (secret) => `https://discord.com/api/webhooks/123456789012345678/${secret} 404`,
  ]),
  placed("Telegram bot", (draw) => draw.of(URL64, 35), [
    (secret) => `https://api.telegram.org/bot123456789:${secret}/sendMessage failed`,
    (secret) => `the bot 123456789:${secret} was blocked`,
  ]),
  form("Stripe key", (draw) => `${draw.pick(["sk", "rk"])}_${draw.pick(["live", "test"])}_${draw.of(ALNUM, 24)}`),
  form("Stripe webhook secret", after("whsec_", ALNUM, 32)),
  form("Twilio key", (draw) => `SK${draw.of(HEX, 32)}`),
  placed("Twilio auth token", hex(32), [
    (secret) => `https://AC0123456789abcdef0123456789abcdef:${secret}@api.twilio.com/2010-04-01`,
    (secret) => `{"accountSid":"AC0","authToken":"${secret}"}`,
  ]),
  form("SendGrid key", (draw) => `SG.${draw.of(URL64, 22)}.${draw.of(URL64, 43)}`),
  form("Mailgun key", (draw) => `key-${draw.of(HEX, 32)}`),
  form("Mailchimp key", (draw) => `${draw.of(HEX, 32)}-us${draw.pick(["1", "7", "20"])}`),
  form("npm token", after("npm_", ALNUM, 36)),
  form("PyPI token", (draw) => `pypi-AgEIcHlwaS5vcmc${draw.of(URL64, 60)}`),
  form("OpenAI key", (draw) => `${draw.pick(["sk-", "sk-proj-", "sk-svcacct-"])}${draw.of(ALNUM, 48)}`),
  form("Anthropic key", (draw) => `sk-ant-api03-${draw.of(URL64, 80)}`),
  form("Hugging Face token", after("hf_", ALNUM, 34)),
  form("DigitalOcean token", after("dop_v1_", HEX, 64)),
  form("Shopify token", after("shpat_", HEX, 32)),
  form("Square token", after("sq0atp-", URL64, 22)),
  form("Databricks token", after("dapi", HEX, 32)),
  form("HashiCorp Vault token", (draw) => `hvs.${draw.of(URL64, 90)}`),
  form("Terraform Cloud token", (draw) => `${draw.of(ALNUM, 14)}.atlasv1.${draw.of(URL64, 64)}`),
  form("Grafana token", (draw) => `${draw.pick(["glsa_", "glc_"])}${draw.of(ALNUM, 32)}_${draw.of(HEX, 8)}`),
  form("New Relic key", after("NRAK-", UPPER + DIGITS, 27)),
  form("Linear key", after("lin_api_", ALNUM, 40)),
  form("Notion secret", after("ntn_", ALNUM, 46)),
  form("Atlassian token", after("ATATT3xFfGF0", URL64, 60)),
  form("Dropbox token", after("sl.", URL64, 135)),
  form("Airtable token", (draw) => `pat${draw.of(ALNUM, 14)}.${draw.of(HEX, 64)}`),
  form("Docker token", after("dckr_pat_", URL64, 27)),
  form("Doppler token", after("dp.pt.", ALNUM, 43)),
  form("Age secret key", after("AGE-SECRET-KEY-1", UPPER + DIGITS, 58)),
  form("polarwatch token", after("pwt_", URL64, 43)),
  form(
    "JWT",
    (draw) =>
      `${base64url('{"alg":"HS256","typ":"JWT"}')}.${base64url(`{"sub":"${draw.of(ALNUM, 20)}"}`)}.${draw.of(URL64, 43)}`,
  ),
  placed("PEM private key", (draw) => draw.of(STD64, 64), [
    (secret) => `bad key -----BEGIN RSA PRIVATE KEY-----\n${secret}\n-----END RSA PRIVATE KEY----- given`,
    (secret) => `{"private_key":"-----BEGIN PRIVATE KEY-----\\n${secret}\\n-----END PRIVATE KEY-----\\n"}`,
    (secret) => `-----BEGIN OPENSSH PRIVATE KEY-----\n${secret}`,
    (secret) => `-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n${secret}\n-----END PGP PRIVATE KEY BLOCK-----`,
  ]),
  placed("VirusTotal key", hex(64), [...NAMED, ...PROSE]),
  placed("Shodan key", (draw) => draw.of(ALNUM, 32), [...NAMED, ...PROSE]),
  placed(
    "key in a UUID",
    (draw) => `${draw.of(HEX, 8)}-${draw.of(HEX, 4)}-4${draw.of(HEX, 3)}-8${draw.of(HEX, 3)}-${draw.of(HEX, 12)}`,
    NAMED,
  ),
  placed("long hex key", hex(128), [...NAMED, ...PROSE]),
  placed("password", (draw) => draw.of(LOWER, 5) + draw.of(DIGITS, 3) + draw.of(UPPER, 4), PASSWORDS),
  placed("password of words", (draw) => `${draw.of(LOWER, 6)}-${draw.of(LOWER, 7)}-${draw.of(LOWER, 5)}`, PASSWORDS),
  placed("password with signs", (draw) => `${draw.of(ALNUM, 6)}!$*${draw.of(ALNUM, 5)}`, PASSWORDS),
  placed("bearer token", (draw) => draw.of(URL64, 40), AUTHORIZATION),
  placed("opaque token", (draw) => draw.of(HEX, 40), AUTHORIZATION),
  placed("basic credentials", (draw) => base64(`svc:${draw.of(ALNUM, 14)}`), [
    (secret) => `Authorization: Basic ${secret}`,
    (secret) => `{"headers":{"authorization":"Basic ${secret}"}}`,
    (secret) => `curl -H "Authorization: Basic ${secret}" https://api.example.com`,
    (secret) => `Proxy-Authorization: Basic ${secret}\nHost: x`,
    (secret) => `sent Basic ${secret} and got 401`,
  ]),
  placed("session id", (draw) => draw.of(UPPER + DIGITS, 32), COOKIES),
  placed("session of a framework", (draw) => `${draw.of(URL64, 24)}.${draw.of(URL64, 27)}`, COOKIES),
  placed("one-time code", (draw) => draw.of(DIGITS, 6), [
    (secret) => `{"otp":"${secret}"}`,
    (secret) => `https://api.example.com/login?otp=${secret}`,
  ]),
  placed("OAuth code and verifier", (draw) => draw.of(URL64, 43), [
    (secret) => `grant_type=authorization_code&code_verifier=${secret}&client_id=x`,
    (secret) => `https://a.example.com/cb?code=${secret}&state=x`,
    (secret) => `{"refresh_token":"${secret}"}`,
    (secret) => `{"id_token":"${secret}","token_type":"Bearer"}`,
    (secret) => `https://a.example.com/cb#access_token=${secret}&token_type=bearer`,
  ]),
  placed("signing secret", hex(32), [
    (secret) => `signing_secret: ${secret}`,
    (secret) => `{"webhookSecret":"${secret}"}`,
  ]),
  placed("secret in a shell", (draw) => draw.of(ALNUM, 24), [
    (secret) => `export MISP_AUTH_KEY=${secret}`,
    (secret) => `env: POLARITY_API_TOKEN="${secret}"`,
    (secret) => `process.env.SECRET_KEY = '${secret}'`,
    (secret) => `sshpass -p ${secret} ssh svc@host`,
    (secret) => `mysql -u root -p${secret} -h db`,
    (secret) => `curl -u svc:${secret} https://api.example.com`,
    (secret) => `curl --user svc:${secret} https://api.example.com`,
  ]),
  placed("secret in YAML", (draw) => draw.of(ALNUM, 30), [
    (secret) => `config:\n  user: svc\n  apiToken: ${secret}\n  url: https://api.example.com`,
    (secret) => `password: "${secret}"\nuser: svc`,
  ]),
];

/** Texts with nothing to hide, many of which look as if they had. */
export function harmlessTexts(draw: Draw): readonly string[] {
  const md5 = draw.of(HEX, 32);
  const sha1 = draw.of(HEX, 40);
  const sha256 = draw.of(HEX, 64);
  const uuid = `${draw.of(HEX, 8)}-${draw.of(HEX, 4)}-4${draw.of(HEX, 3)}-8${draw.of(HEX, 3)}-${draw.of(HEX, 12)}`;
  const words = draw.of(LOWER, 9);
  return [
    `No verdict for ${md5}`,
    `File ${sha256} is unknown to the vendor`,
    `hash=${sha1} was not found`,
    `https://www.virustotal.com/gui/file/${sha256}/detection`,
    `https://api.example.com/v3/files/${md5}?limit=10&offset=20`,
    `sha256:${sha256}`,
    `ETag: "${md5}"`,
    `request id ${uuid}`,
    `x-request-id: ${uuid}`,
    `trace ${uuid} timed out after 30000 ms`,
    `commit ${sha1} introduced it`,
    `image registry.example.com/app@sha256:${sha256}`,
    `CVE-2024-${draw.of(DIGITS, 5)} affects ${words}`,
    `Lookup of ${words}.example.com failed: NXDOMAIN`,
    `192.0.2.${draw.pick(["1", "20", "254"])}:443 refused the connection`,
    `[2001:db8::${draw.of(HEX, 4)}]:8443 is unreachable`,
    `mail from ${words}@example.com bounced`,
    `user ${words}@example.com has no mailbox`,
    `/app/integrations/virustotal_node_18_${draw.of(DIGITS, 10)}/integration.js:212:19`,
    `C:\\Program Files\\${words}\\bin\\agent.exe exited with 0xC0000005`,
    `at Object.<anonymous> (/usr/src/app/node_modules/${words}/index.js:10:5)`,
    `TypeError: Cannot read properties of undefined (reading '${words}')`,
    `SyntaxError: Unexpected token < in JSON at position 0`,
    "SyntaxError: Unexpected token 'I', \"Internal S\"... is not valid JSON",
    "Error: unable to verify the first certificate",
    "certificate has expired",
    "self-signed certificate in certificate chain",
    "The API key is invalid",
    "The API key you provided is not valid for this endpoint",
    "Invalid API key provided",
    "Your API key has expired; renew it in the portal",
    "API key missing",
    "No API key was given",
    "Access token expired",
    "Access token has been revoked by the user",
    "The token endpoint answered with 502",
    "token bucket is empty, try again in 12 seconds",
    "Token limit of 128000 exceeded",
    "max_tokens must be at most 4096",
    "Unexpected end of token stream",
    "password must be changed before the next login",
    "Password expired on 2026-03-01",
    "Wrong user name or password",
    'password authentication failed for user "polarity"',
    "The secret was rotated, but the old one is still configured",
    "secret not found in vault path kv/data/polarity",
    "Authorization required",
    "Basic authentication is disabled for this tenant",
    "Bearer authentication is required",
    "Negotiate authentication failed",
    "The session is not valid",
    "Session timed out after 20 minutes",
    "Cookie not sent by the browser",
    "cookies are required",
    "credentials could not be verified",
    "Signature verification failed",
    "Signature: Trojan.GenericKD.12345",
    `Rule ${words.toUpperCase()}_2024 matched 3 times`,
    "HTTP 429 Too Many Requests",
    "Request failed with status code 503",
    "ESOCKETTIMEDOUT",
    "getaddrinfo ENOTFOUND api.example.com",
    "connect ETIMEDOUT 192.0.2.10:443",
    "read ECONNRESET",
    "rate limit: 4 requests per minute",
    "Retry-After: 60",
    "Content-Type: text/html; charset=utf-8",
    "quota exceeded for project 123456789012",
    "Daily lookup limit reached",
    "duplicate key value violates unique constraint",
    "foreign key constraint fails",
    "primary key must not be null",
    `no such key: ${words}`,
    "key not found: result.data[0].attributes",
    `index out of range [${draw.of(DIGITS, 2)}] with length 3`,
    `{"error":"not_found","message":"No result for ${md5}"}`,
    `{"code":"NotFoundError","count":0,"results":[]}`,
    `{"status":"error","id":"${uuid}"}`,
    `{"sha256":"${sha256}","md5":"${md5}","positives":0}`,
    `<html><head><title>502 Bad Gateway</title></head></html>`,
    `<?xml version="1.0"?><error code="7">none</error>`,
    "SELECT count(*) FROM events WHERE name = 'x'",
    "index=main sourcetype=access | head 10",
    "search index=* earliest=-24h latest=now failed",
    `2026-03-01T12:00:00.000Z ${words} took 1234 ms`,
    "Sun, 01 Mar 2026 12:00:00 GMT",
    "v1.2.3-beta.4+build.567",
    "node:internal/process/task_queues:95:5",
    "sk-learn is not installed",
    "npm_config_registry is not set",
    "task-scheduler-service-worker stopped",
    "risk-score-calculation-failed",
    "disk-usage-threshold-exceeded",
    "key-value-store-unavailable",
    `10.0.0.0/8 is private`,
    "50% of requests failed",
    "https://docs.example.com/errors#token-expired",
    "https://api.example.com/oauth2/token answered with 400",
    "see https://support.example.com/articles/360001234567-Reset-your-API-key",
    `dashboard https://splunk.example.com/en-US/app/search/search?q=search%20index%3Dmain`,
    `bucket my-company-backups-eu-central-1 does not exist`,
    `arn:aws:iam::123456789012:user/${words}`,
    `projects/${words}/locations/europe-west3/keyRings/x`,
    `Zusammenfassung: Das Kennwort ist abgelaufen`,
    `アクセスが拒否されました`,
    `Object reference not set to an instance of an object.`,
    `Ticket INC0012345 was closed`,
    `JIRA-1234: issue does not exist`,
    `Pat.Example@example.com is not a member`,
    `user -u is no option`,
    `ERROR 1045 (28000): Access denied for user 'svc'@'192.0.2.1' (using password: YES)`,
    `the bot 12 was blocked`,
    `SKU${draw.of(DIGITS, 8)} is out of stock`,
    `ratio 1//0 is no number`,
  ];
}
