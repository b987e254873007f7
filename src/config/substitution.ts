import { isPair, isScalar, isSeq, visit } from "yaml";
import { UNREADABLE } from "./environment.js";
import type { Path } from "./source.js";
import type { YamlDocument } from "./yaml-document.js";

export type SubstitutionProblem = { path: Path; offset: number; message: string };

/**
 * Puts the environment's values in place of `${NAME}` in every text of the document, in place; keys and comments are
 * left alone, `$${` stands for `${`, and a value is not searched again. A text that needs an unset variable becomes
 * unreadable. `used` holds the names that were asked for.
 */
export function substituteVariables(
  { document }: YamlDocument,
  env: Readonly<Record<string, string | undefined>>,
): { problems: SubstitutionProblem[]; used: Set<string> } {
  const problems: SubstitutionProblem[] = [];
  const used = new Set<string>();
  visit(document, {
    Scalar(key, node, ancestors) {
      if (key === "key" || typeof node.value !== "string" || !node.value.includes("${")) return;
      const messages: string[] = [];
      const filled = node.value.replace(/\$\$\{|\$\{([^}]*)(\}?)/g, (whole, name: string | undefined, end) => {
        if (name === undefined) return "${";
        if (end === "" || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
          messages.push(BAD_VARIABLE);
          return whole;
        }
        used.add(name);
        const value = env[name] ?? "";
        if (value === "") messages.push(`the environment variable ${name} is not set`);
        return value;
      });
      node.value = messages.length === 0 ? filled : UNREADABLE;
      const path = pathOf([...ancestors, node]);
      for (const message of new Set(messages)) problems.push({ path, offset: node.range?.[0] ?? 0, message });
    },
  });
  return { problems, used };
}

const BAD_VARIABLE = `\${ must be followed by the name of an environment variable and }; write $\${ for \${ itself`;

function pathOf(nodes: readonly unknown[]): Path {
  return nodes.flatMap((node, index): (string | number)[] => {
    if (isPair(node)) return isScalar(node.key) ? [String(node.key.value)] : [];
    if (isSeq(node)) return [node.items.indexOf(nodes[index + 1])];
    return [];
  });
}
