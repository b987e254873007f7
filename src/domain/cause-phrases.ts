/**
 * Wordings by the cause they tell, the more specific first: the first that fits decides. They are matched with folded
 * text (lower case, one blank). Gaps are bounded, so that no text, however long, takes more than linear time.
 */

/** These beat even codes and statuses, which mislead here. */
export const DECISIVE_PHRASES = [
  // A proxy that wants a login shows as a broken connection, and its remedy is a setting.
  {
    cause: "config",
    words:
      /\btunnel(?:ing|ling)? socket could not be|\bproxy auth(?:entication|orization)? required|\b(?:proxy|statuscode|status code)\b.{0,30}\b407\b/,
  },
  // A wrong clock shows as a refused credential.
  {
    cause: "config",
    words:
      /\b(?:token|jwt|assertion|signature|request)\b.{0,30}\bnot (?:yet valid|valid yet)|\bclock (?:skew|drift)|\b(?:token used too early|issued in the future|request ?time ?too ?skewed)/,
  },
] as const;

/** A clear wording beats a status: vendors say 403 or 503 for a quota, and 401 for a feature that is switched off. */
export const CLEAR_PHRASES = [
  {
    cause: "tls",
    words:
      /\bcertificates?\b.{0,60}\b(?:expired|not yet valid|self[- ]signed|verif\w{1,10}|invalid|untrusted|not trusted|altnames|revoked|unknown|chain)\b|\b(?:self[- ]signed|expired|untrusted|invalid|unable to (?:get|verify)(?: the| local| first| issuer){1,3}) certificate|\b(?:ssl|tls)\b.{0,40}\b(?:handshake|alert|routines|version|verif\w{1,10}|error|failed|not be established)|\bhandshake (?:failure|failed|error)|\bclient certificate (?:is )?(?:required|missing)|\bwrong version number\b/,
  },
  {
    cause: "bug",
    words:
      /\bcannot read propert|\bcannot (?:destructure|set propert|access '[^']{1,60}' before)|\bis not (?:a function|a constructor|iterable|defined$)|\b(?:undefined|null) is not an? |\bcircular structure|\bout of memory|\bmaximum call stack|\bunhandled (?:promise )?rejection|\buncaught exception|\binvalid or unexpected token|\bnot (?:yet )?implemented|\bassertion failed/,
  },
  // A page or half an answer in place of JSON looks like a bug, but it is the vendor who sent it.
  {
    cause: "vendor",
    words:
      /\bunexpected (?:token|number|string|non-whitespace)\b.{0,80}\bjson|\bunexpected token '?<|\bunexpected end of (?:json|input)|\b(?:invalid|malformed|not valid|not) json\b|\bjson pars\w{1,6} (?:error|fail)|\bin maintenance|\b(?:scheduled|under|planned|system|for|down for) maintenance/,
  },
  {
    cause: "data",
    words:
      /\b(?:response|answer|body|payload|request|entity|file|result|message|content|header|uri|url)s?\b.{0,40}(?<! rate is )\b(?:too (?:large|big|long)|larger than|bigger than)\b|\bmax(?:imum)?[ -]?(?:response|body|content|payload|file|request)[ -]?(?:size|length)|\bsize (?:limit )?(?:was |is )?exceeded/,
  },
  {
    cause: "timeout",
    words:
      /\b(?:time(?:d|s)?[ -]?out|timeouts?)\b|\b(?:did|does|do) not (?:answer|respond|reply|complete|finish)\b.{0,20}\b(?:time|within|after)\b|\bdeadline exceeded|\btime (?:limit )?(?:was |is )?exceeded|\bmaximum (?:execution|response|processing|query|run) ?time\b|\btook too long|\b(?:answer|respond|repl)\w{1,4} (?:too )?slowly|\bno (?:response|answer|reply)\b.{0,40}\b(?:in|within|after) (?:time|\d)/,
  },
  {
    cause: "quota",
    words:
      /\brate[ -]?limit|\bquotas?\b|\bthrottl|\btoo many (?:concurrent |open |api )?(?:requests|clients|connections|calls|queries|lookups|searches|sessions)|\blimit(?:s|er)?\b.{0,40}\b(?:reached|exceeded|exhausted|hit|used up)\b|\b(?:exceed(?:s|ed|ing)?|reached|hit|exhausted|used up)\b.{0,40}\b(?:limits?|allowance|credits?)\b|\bby the (?:request )?limiter|\bout of (?:credits?|queries|lookups)|\b(?:credits?|lookups|queries|requests|searches)\b.{0,30}\b(?:used up|exhausted|depleted)|\b(?:no|insufficient|not enough) (?:\w{1,20} )?(?:credits?|funds|balance)\b|\brate is too (?:large|high)|\b(?:number of|maximum|max) (?:\w{1,20} )?(?:requests|queries|calls|lookups)\b.{0,40}\bexceeded|\bpayment required/,
  },
  {
    cause: "credential",
    words:
      /\b(?:account|user|key|token|credentials?|login)\b.{0,30}\b(?:disabled|locked|suspended|deactivated|inactive)\b/,
  },
  // Ahead of refusals: the remedy is a setting, here or at the vendor's.
  {
    cause: "config",
    words:
      /\bnot (?:on|in|part of) (?:the |its |an? |your )?(?:ip )?(?:allow|white|safe)[ -]?list|\b(?:ip|address) (?:is |was )?not (?:allowed|permitted|whitelisted|allow-?listed)|\b(?:switched|turned) off\b|\b(?:feature|integration|option|action|api|module|endpoint|plugin|service)\b.{0,40}\b(?:is|are|has been|have been|was|were) (?:disabled|not enabled|not been enabled)\b|\bnot (?:been )?(?:configured|enabled)\b|\bmisconfigur/,
  },
  {
    cause: "config",
    words:
      /\b(?:url|endpoint|host ?name|base path|server address|region)\b.{0,30}\b(?:does not exist|(?:is|was|are) (?:wrong|invalid|incorrect|not valid|missing|malformed|required)|not found)|\binvalid (?:base |server )?ur[il]\b|\bonly absolute urls|\b(?:option|setting)s? (?:is|are|was|must|has|have)\b|\b(?:missing|invalid|wrong|incorrect|required) (?:\w{1,30} )?(?:option|setting|configuration)s?\b|\bmust be (?:set|from|between|at least|at most|less than|greater than)\b|\bmust provide\b|\bno such file|\b(?:relation|table|column|database|schema|index|view)\b.{0,100}\bdoes not exist|\bunknown (?:database|table|column)/,
  },
  {
    cause: "credential",
    words:
      /\b(?:unauthori[sz]ed|unauthenticated)\b|\bnot (?:authori[sz]ed|authenticated|logged in)\b|\bauthenticat(?:e|ion)\b.{0,30}\b(?:fail\w{0,4}|required|error|invalid|denied|rejected|refused|missing)\b|\bfail\w{0,4} to (?:authenticate|log ?in|sign in)|\b(?:login|log in|sign-?in) (?:failed|first|required)/,
  },
  {
    cause: "credential",
    words:
      /\b(?:invalid|incorrect|wrong|bad|expired|revoked|unknown|missing|no valid|not a valid|unrecogni[sz]ed)\b.{0,30}\b(?:(?:api|access|subscription|license|secret|client|auth\w{0,12}|personal) ?(?:key|token|secret)|apikey|token|credentials?|password|login|user ?name|signature)\b|\b(?:(?:api|access|subscription|license|secret|client|auth\w{0,12}|private) ?(?:key|token|secret)|apikey|token|credentials?|password|session|login)\b.{0,40}\b(?:invalid|not valid|incorrect|wrong|expired|revoked|refused|rejected|denied|unknown|missing|not (?:recogni[sz]ed|accepted|found))\b/,
  },
  {
    cause: "credential",
    words:
      /\baccess\b.{0,40}\b(?:denied|forbidden|refused|not allowed)\b|\bpermissions? (?:was |is |were |are )?(?:denied|missing|required)|\b(?:lacks?|missing|insufficient|no|without|not have)\b.{0,20}\b(?:roles?|permissions?|scopes?|privileges?|rights|authori[sz]ation)\b|\bscopes? (?:is |are )?missing|\bforbidden\b|\bldaperr\b.{0,60}\bdata (?:52[0-9a-f]|53[0-3]|568|701|773|775)\b/,
  },
  {
    cause: "network",
    words:
      /\b(?:connection|socket)\b.{0,20}\b(?:refused|reset|closed|aborted|terminated|lost|failed|disconnected)\b|\bclosed the connection|\bsocket hang ?up|\bfetch failed|\b(?:could not|cannot|can't|couldn't|unable to|fail\w{0,4} to) (?:connect|reach|resolve|be (?:reached|resolved))\b|\bnot be (?:reached|resolved)\b|\bunreachable\b|\bno route to host|\bgetaddrinfo\b|\bname or service not known|\bname resolution|\bdns (?:error|failure|resolution|lookup failed)|\bhost not found|\bnetwork (?:error|problem|failure)/,
  },
  {
    cause: "vendor",
    words:
      /\bbad gateway|\binternal server error|\bservice (?:is )?(?:temporarily |currently )?(?:unavailable|busy|down|overloaded)|\btemporarily unavailable|\b(?:server|system) (?:is )?(?:busy|overloaded|down)\b/,
  },
] as const;

/** What people write for want of a better word, or what fits several causes: only when nothing else tells. */
export const WEAK_PHRASES = [
  {
    cause: "vendor",
    words:
      /\b(?:unexpected|invalid|malformed|empty|unknown) (?:http )?(?:response|answer|reply|status)|\b(?:response|answer|reply) (?:holds|contains|has|with) an? error|\bserver error|\bupstream error|\b(?:retry|try again) later/,
  },
  {
    cause: "data",
    words:
      /\binvalid (?:entity|indicator|observable|ip|hash|domain|e-?mail|input|value|quer(?:y|ies)|search|argument|format|date|character)\b|\bmalformed\b|\b(?:cannot|could not|failed to) (?:be )?pars|\bpars(?:e|ing) error|\bnot a (?:valid|public)\b|\b(?:rows?|records?|entries|items|lines|results)\b.{0,20}\b(?:skipped|dropped|ignored)|\b(?:unsupported|unknown) (?:type|entity|indicator|hash|format)|\bno \w{1,30} (?:was |were )?found|\bnot found\b|\bvalidation (?:error|failed)|\bsyntax error/,
  },
  {
    cause: "network",
    words: /\bnetwork\b.{0,30}\b(?:failed|not be completed|interrupted|down)\b|\bconnection\b.{0,20}\berror/,
  },
  // A text that the integration put together from values which were not there.
  { cause: "bug", words: /\[object object\]|^(?:undefined|null|nan)(?:[ :,;-]{1,3}(?:undefined|null|nan)){0,5}$/ },
] as const;
