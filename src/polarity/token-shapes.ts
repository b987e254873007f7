/** Tokens that show by their form: JWTs, and those that their vendors gave a prefix or a part of their own. */
const SHAPES = [
  "eyJ[\\w-]{10,}(?:\\.[\\w-]*){0,4}",
  "xox[a-z]-[\\w-]{8,}",
  "xapp-[\\w-]{8,}",
  "gh[pousr]_\\w{8,}",
  "github_pat_\\w{8,}",
  "gl(?:pat|dt|rt|ptt|soat|cbt|ft|imt|agent|oas)-[\\w-]{8,}",
  "A(?:KIA|SIA)[0-9A-Z]{8,}",
  "AIza[\\w-]{16,}",
  "ya29\\.[\\w-]{8,}",
  "GOCSPX-[\\w-]{16,}",
  "1//0[\\w-]{24,}",
  "[\\w~.-]{3}\\dQ~[\\w~.-]{31,40}",
  "sk-[\\w-]{12,}",
  "[rs]k_(?:live|test)_\\w{8,}",
  "whsec_[\\w+/=]{16,}",
  "SK[0-9a-f]{32}(?![0-9A-Za-z])",
  "SG\\.[\\w-]{8,}\\.[\\w-]{8,}",
  "key-[0-9a-f]{32}(?![\\w-])",
  "[0-9a-f]{32}-us\\d{1,2}(?![\\w-])",
  "npm_\\w{20,}",
  "pypi-[\\w-]{40,}",
  "hf_\\w{20,}",
  "dop_v1_\\w{16,}",
  "shp(?:at|ss|ca|pa)_\\w{16,}",
  "sq0[a-z]{3}-[\\w-]{20,}",
  "dapi[0-9a-f]{32}",
  "hv[sbr]\\.[\\w-]{20,}",
  "[A-Za-z0-9]{14}\\.atlasv1\\.[\\w-]{40,}",
  "gl(?:sa|c)_[\\w+/=-]{20,}",
  "NRAK-[0-9A-Z]{20,}",
  "lin_(?:api|oauth)_\\w{20,}",
  "ntn_\\w{30,}",
  "ATATT3[\\w=-]{20,}",
  "sl\\.[\\w-]{100,}",
  "pat[A-Za-z0-9]{14}\\.[0-9a-f]{64}",
  "dckr_[po]at_[\\w-]{20,}",
  "dp\\.[a-z]{2,5}\\.\\w{30,}",
  "AGE-SECRET-KEY-1[0-9A-Z]{20,}",
  "pwt_[\\w-]{40,}",
  "(?:bot)?\\d{8,10}:[\\w-]{35}(?![\\w-])",
];

/** Each where a word begins, which may also be behind an escape of a URL or of JSON. */
export const TOKENS = new RegExp(
  `(?:(?<![A-Za-z0-9_-])|(?<=%[0-9A-Fa-f]{2})|(?<=\\\\[nrt]))(?:${SHAPES.join("|")})`,
  "g",
);

/** What stands in each of them, and in few other texts: `TOKENS` need not be tried on the rest. */
export const TOKEN_HINT =
  /eyJ|xox[a-z]-|xapp-|gh[pousr]_|github_pat_|gl[a-z]{2,5}-|A[KS]IA|AIza|ya29|GOCSPX|1\/\/0|Q~|sk[-_]|rk_|whsec_|SK[0-9a-f]|SG\.|key-[0-9a-f]|-us\d|npm_|pypi-|hf_|dop_|shp[a-z]{2}_|sq0[a-z]|dapi|hv[sbr]\.|\.atlasv1\.|gl(?:sa|c)_|NRAK|lin_|ntn_|ATATT3|sl\.|pat\w{14}\.|dckr_|dp\.|AGE-SEC|pwt_|\d{8}:/;
