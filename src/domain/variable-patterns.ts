/**
 * The shapes of what varies in a text, written for folded text. Repetitions are bounded, or run over characters that
 * nothing after them takes, so that each pattern is matched in linear time.
 */

/** What may stand around a value without being a part of it; `#`, the mask, does not, so that masking twice is idle. */
const NOT_BEFORE = String.raw`(?<![\p{L}\p{Nd}_#])`;
const NOT_AFTER = String.raw`(?![\p{L}\p{Nd}_#])`;
const QUOTES = "\"'`";
/** A dot in a name or an address, also as analysts write it to keep it from being clicked. */
const DOT = String.raw`(?:\.|\[\.\]|\(\.\)|\[dot\])`;
const NAME = String.raw`(?:[\p{L}\p{Nd}_][\p{L}\p{Nd}_-]{0,62}${DOT})+(?:xn--[a-z0-9-]{1,59}|[a-z]{2,24})`;
const CLOCK = String.raw`\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?[ap]\.?m\b\.?)?`;
const ZONE = String.raw`(?: ?(?:z|utc|gmt|[ecmp][sd]t|cest?)(?![a-z]))?(?: ?[+-]\d{2}:?\d{2})?(?: \([a-z ]{3,40} time\))?`;
const MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}";
const WEEKDAY = "(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},? )?";
const DAY = String.raw`\d{1,2}(?:st|nd|rd|th)?`;
const TIME_UNIT =
  "[smhdwy]|ms|msecs?|milliseconds?|secs?|seconds?|mins?|minutes?|hrs?|hours?|days?|weeks?|months?|years?";
const SIZE_UNIT = "b|bytes?|[kmgt]i?b|kilobytes?|megabytes?|gigabytes?";
const FILE_ENDING =
  "[cm]?[jt]s|[jt]sx|json|java|class|jar|go|rb|php|html?|css|xml|ya?ml|txt|log|csv|conf|cfg|ini|sql|db";
const KEY_FILE_ENDING = "mmdb|pem|crt|cer|key|p12|pfx";
const ID_NAME =
  "(?:request|trace|correlation|session|transaction|ray|event|message|job|task|incident|referral|reference|operation|activity|span)";
const INDICATOR_NAME =
  "(?:indicator|entity|observable|ioc|domain|host(?:name)?|address|url|hash|e-?mail|user(?:name)?|account|value)";

const pattern = (...parts: readonly string[]) => new RegExp(parts.join(""), "gu");
const whole = (...parts: readonly string[]) => pattern(NOT_BEFORE, ...parts, NOT_AFTER);

/** A URL with all that follows its host; also `hxxps[:]//`, `jdbc:...://`. */
export const URL_LIKE = pattern(NOT_BEFORE, String.raw`[a-z][a-z0-9+.-]{1,19}(?:\[:\]|:)\/\/[^\s<>${QUOTES}]+`);

export const EMAIL = pattern(
  NOT_BEFORE,
  String.raw`(?<![.%+'-])[\p{L}\p{Nd}_][\p{L}\p{Nd}_.%+'=&*!$-]{0,63}(?:@|\[at\]|\(at\))`,
  NAME,
  NOT_AFTER,
);

export const UUID = whole("[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}");

export const ISO_DATE = whole(String.raw`\d{4}[-/]\d{1,2}[-/]\d{1,2}(?:(?:t|,? )${CLOCK}${ZONE})?`);

/** `Wed, 08 Jan 2025 15:04:05 GMT`, `Jan 8, 2025 3:04 PM` and their like. */
export const NAMED_DATE = whole(
  WEEKDAY,
  String.raw`(?:${DAY}[ -]${MONTH}[ ,-]{1,2}\d{2,4}|${MONTH} ${DAY}(?:,? \d{4})?)(?:,? ${CLOCK}${ZONE})?`,
);

/** Not within colons: there it is a part of an address. */
export const CLOCK_TIME = whole("(?<!:)", CLOCK, ZONE, "(?!:)");

/** Anything of hexadecimal groups with two colons or more: also what is left of times, and most MAC addresses. */
export const IPV6 = pattern(
  String.raw`(?<![\p{L}\p{Nd}_#])\[?(?=:{0,2}[0-9a-f]|::(?:[\s/\])]|$))(?=[0-9a-f]{0,4}:[0-9a-f]{0,4}:)`,
  String.raw`(?:[0-9a-f]{0,4}:){2,8}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{1,4})?`,
  String.raw`(?:%[a-z0-9]{1,16})?(?:\](?::\d{1,5})?|\/\d{1,3})?(?![\p{L}\p{Nd}_#:])`,
);

export const MAC = whole(String.raw`(?:[0-9a-f]{2}([:-]))(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}`);
export const CISCO_MAC = whole(String.raw`[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}(?!\.)`);

/** A host name, with port and path; but no file of a program, class of Java, or expression that JavaScript quotes. */
export const HOST = pattern(
  String.raw`(?<![\p{L}\p{Nd}_.#-])\.{0,3}`,
  NAME,
  String.raw`(?!\.?[\p{L}\p{Nd}_#-])`,
  `(?<!${DOT}(?:${FILE_ENDING}|${KEY_FILE_ENDING}|[a-z]{0,24}exception|[a-z]{0,24}error))`,
  String.raw`(?! is (?:not (?:a function|a constructor|defined|iterable)|undefined|null)(?!\.?[\p{L}\p{Nd}_#[(-])|\()`,
  String.raw`(?::\d{1,5})?(?:[/?#][^\s<>${QUOTES}]*)?`,
);

/** The query of a path that has no host. */
export const QUERY = pattern(String.raw`\?[^\s<>?=#${QUOTES}]{1,64}=[^\s<>${QUOTES}]*`);

/** A CVE number is an indicator: two of them are the same problem. */
export const CVE = whole(String.raw`cve-\d{4}-\d{4,19}`);

export const ISO_DURATION = whole(String.raw`p(?=t?\d)(?:\d{1,9}[ymwd]){0,4}(?:t(?:\d{1,9}(?:\.\d{1,9})?[hms]){1,3})?`);
export const HEX_NUMBER = whole("0x[0-9a-f]{1,64}");
export const EXPONENT = whole(String.raw`\d{1,20}(?:\.\d{1,20})?e[+-]?\d{1,5}`);

/** `trace_id=9a53-1f3d`: the name in group 1, what may be its id in group 2. */
export const NAMED_ID = whole(
  String.raw`(${ID_NAME}[ _-]?(?:id|number|no|ref)?[ :="'(\[]{1,4})([a-z0-9][a-z0-9_-]{3,63})`,
);

/** A word, whatever it consists of. */
export const TOKEN = /[\p{L}\p{Nd}]+/gu;

/** The unit of a masked number: 30 seconds and 2 minutes, 900 kB and 2 MB are the same quantity. */
export const MASK_WITH_UNIT = pattern(`#(?: ?(?:${TIME_UNIT}|${SIZE_UNIT})${NOT_AFTER})+`);
export const MASK_WITH_SIGN = /(^|[\s(=:,"'[{])[-+]#/g;

/** Parts of one value, such as the numbers of an IPv4 address, or a list of values of any length. */
export const MASKS = /#(?:(?:[\s\-:./,;|_]|\[\.\]|\(\.\)|\[:\]){0,3}#)+/g;

/** `indicator "..."`, `no results for '...'`: what leads to it in group 1, the quote in group 2. */
export const NAMED_QUOTE = pattern(
  String.raw`\b((?:${INDICATOR_NAME}|(?:lookup|search|results?|found|query)(?: failed)? (?:of|for)):? )`,
  String.raw`([${QUOTES}])[^${QUOTES}]{1,200}\2`,
);
/** One quoted word: the quote in group 1, the word in group 2. */
export const QUOTED_WORD = pattern(String.raw`([${QUOTES}])([^\s${QUOTES}]{1,400})\1`);
