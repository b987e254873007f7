import type { ErrorCode } from "yaml";

/** Our own words for what the parser refuses: its own may quote the file, and so a secret. */
export const SYNTAX_MESSAGES = {
  ALIAS_PROPS: "an alias cannot have an anchor or a tag of its own",
  BAD_ALIAS: "this alias or anchor has no valid name",
  BAD_COLLECTION_TYPE: "this tag does not fit what follows it",
  BAD_DIRECTIVE: "this directive is not valid",
  BAD_DQ_ESCAPE: "this escape is not valid inside double quotes; single quotes take a backslash as it is",
  BAD_INDENT: "the indentation is wrong, or a bracket is not closed",
  BAD_PROP_ORDER: "an anchor or a tag stands in the wrong place",
  BAD_SCALAR_START: "a value cannot begin like this; put it in quotes",
  BLOCK_AS_IMPLICIT_KEY: "one line can hold only one key; a value with a colon and a space in it needs quotes",
  BLOCK_IN_FLOW: "what stands in brackets cannot hold an indented block",
  DUPLICATE_KEY: "this key is there twice",
  IMPOSSIBLE: "this is not valid YAML",
  KEY_OVER_1024_CHARS: "this key is too long",
  MISSING_CHAR: "a quote, a bracket, a comma or a space is missing here",
  MULTILINE_IMPLICIT_KEY: "a key must stand on one line",
  MULTIPLE_ANCHORS: "a value can have only one anchor",
  MULTIPLE_DOCS: "the file must hold a single document; a second one begins here",
  MULTIPLE_TAGS: "a value can have only one tag",
  NON_STRING_KEY: "a key must be plain text",
  RESOURCE_EXHAUSTION: "the file is too complex",
  TAB_AS_INDENT: "a tab cannot indent; use spaces",
  TAG_RESOLVE_FAILED: "tags (!...) are not supported; put the value in quotes if it begins with !",
  UNEXPECTED_TOKEN: `this cannot stand here; a value with brackets, or a \${VARIABLE} inside them, needs quotes`,
} as const satisfies Record<ErrorCode, string>;
