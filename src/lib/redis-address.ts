/** Where Redis is: one server, the servers that know which one leads, or some of those that share the keys. */
export type RedisAddress = { isTls: boolean; username: string | null; password: string | null } & (
  | { kind: "single"; url: string }
  | { kind: "sentinel"; hosts: readonly RedisHost[]; name: string }
  | { kind: "cluster"; hosts: readonly RedisHost[] }
);
type RedisHost = { host: string; port: number };

const SEVERAL =
  /^(?<scheme>rediss?)\+(?<kind>sentinel|cluster):\/\/(?:(?<username>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^@/?#]+)(?:\/(?<name>[^/?#]*))?$/;
const PORTS = { sentinel: 26_379, cluster: 6379 } as const;

/**
 * Reads `redis://` and `rediss://` (TLS), and of several hosts `redis+sentinel://host:port,host:port/name` and
 * `redis+cluster://host:port,host:port`, both with `rediss+` too. Null where it makes no sense.
 */
export function parseRedisAddress(text: string): RedisAddress | null {
  if (/\s/.test(text)) return null;
  if (/^rediss?:\/\//.test(text)) {
    if (!URL.canParse(text)) return null;
    return { kind: "single", url: text, isTls: text.startsWith("rediss:"), username: null, password: null };
  }
  const { scheme, kind, username, password, hosts = "", name = "" } = SEVERAL.exec(text)?.groups ?? {};
  if (kind !== "sentinel" && kind !== "cluster") return null;
  const found = hosts.split(",").map((host) => parseHost(host, PORTS[kind]));
  if (found.some((host) => host === null)) return null;
  const shared = { isTls: scheme === "rediss", username: decoded(username), password: decoded(password) };
  const known = { ...shared, hosts: found.filter((host) => host !== null) };
  if (kind === "cluster") return name === "" ? { kind, ...known } : null;
  return name === "" ? null : { kind, ...known, name };
}

function parseHost(text: string, unset: number): RedisHost | null {
  const url = `redis://${text}`;
  if (!URL.canParse(url)) return null;
  const { hostname, port } = new URL(url);
  return hostname === "" ? null : { host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? unset : Number(port) };
}

function decoded(text: string | undefined): string | null {
  if (text === undefined || text === "") return null;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
