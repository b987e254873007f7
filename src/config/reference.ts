import { fileJsonSchema } from "./json-schema.js";
import { SETTING_NAMES, SETTINGS, type Setting } from "./settings.js";
import { isRecord } from "./source.js";

/** The tables of all settings of the environment for the documentation, one a group, in Markdown. */
export function settingsReference(): string {
  const settings = SETTING_NAMES.map((name) => ({ name, ...(SETTINGS[name] satisfies Setting as Setting) }));
  const groups = [...new Set(settings.map(({ group }) => group))];
  return groups
    .map((group) => {
      const rows = settings
        .filter((setting) => setting.group === group)
        .map(({ name, isSecret, summary, unset }) => [`\`${name}\`${isSecret ? " *" : ""}`, summary, unset]);
      return section(group, [["setting", "meaning", "when unset"], ...rows]);
    })
    .join("\n\n");
}

/** The tables of all keys of polarwatch.yaml, one a mapping, in Markdown. Throws when a key is not described. */
export function fileReference(): string {
  const schema = fileJsonSchema();
  const definitions = isRecord(schema.definitions) ? schema.definitions : {};
  const tables: string[] = [];
  const told = new Set<unknown>();
  const tell = (title: string, mapping: Node): void => {
    const children = Object.entries(mapping.properties ?? {}).map(([key, child]) => childOf(key, child, definitions));
    if (children.length === 0 || told.has(mapping)) return;
    told.add(mapping);
    const rows = children.map(({ key, mark, description, choices }) => {
      if (description === undefined) throw new Error(`${title} ${key} has no description`);
      return [`\`${key}${mark}\``, `${description}${choices}${needOf(mapping, key)}`];
    });
    tables.push(section(title === "" ? "The whole file" : `\`${title}\``, [["key", "meaning"], ...rows]));
    for (const { key, mark, node } of children) tell(`${title === "" ? "" : `${title}.`}${key}${mark}`, node);
  };
  tell("", schema);
  return tables.join("\n\n");
}

/** What of a JSON Schema is told. */
type Node = {
  properties?: Record<string, Node>;
  required?: readonly string[];
  /** Of each of these one alternative has to be there. */
  allOf?: readonly { oneOf?: readonly { required?: readonly string[] }[] }[];
  description?: string;
  items?: Node;
  anyOf?: readonly Node[];
  enum?: readonly string[];
  $ref?: string;
};

function needOf(mapping: Node, key: string): string {
  if (mapping.required?.includes(key)) return " Required.";
  const either = mapping.allOf?.flatMap(({ oneOf }) => oneOf ?? []) ?? [];
  return either.some(({ required }) => required?.includes(key)) && !key.endsWith("_file")
    ? ` Required, or \`${key}_file\`.`
    : "";
}

/** A key with the mapping behind it, which may be an item of its list (`mark` is `[]` then) or a named definition. */
function childOf(key: string, child: Node, definitions: Record<string, unknown>) {
  const node = child.items ?? child;
  const named = /^#\/definitions\/(\w+)$/.exec(node.$ref ?? "")?.[1];
  const definition: unknown = named === undefined ? node : definitions[named];
  const choices = child.enum === undefined ? "" : ` One of ${child.enum.map((each) => `\`${each}\``).join(", ")}.`;
  return {
    key,
    mark: child.items === undefined ? "" : "[]",
    description: child.description,
    choices,
    node: isRecord(definition) ? definition : {},
  };
}

/** A heading and a table, padded as the formatter pads it. */
function section(title: string, rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const [head = []] = cells;
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [first = "", ...others] = cells.map(line);
  return [`### ${title}`, "", first, line(widths.map((width) => "-".repeat(width))), ...others].join("\n");
}
