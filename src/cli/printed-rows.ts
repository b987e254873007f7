import type { Page } from "../store/history/page.js";
import { jsonLine } from "./printable-json.js";
import type { Terminal } from "./terminal.js";

/**
 * Prints one JSON object whose last member is a list of rows, one a line, page after page: never more than one page is
 * held. `head`: its other members, at least one.
 */
export async function printObjectWithRows<Row>(
  terminal: Pick<Terminal, "print">,
  head: Readonly<Record<string, unknown>>,
  name: string,
  find: (after: string | null) => Promise<Page<Row>>,
): Promise<void> {
  const opening = jsonLine(head).slice(0, -1);
  terminal.print(`${opening},\n${JSON.stringify(name)}:[`);
  let separator = "\n";
  for (let after: string | null = null; ; ) {
    const page = await find(after);
    if (page.rows.length > 0) terminal.print(separator + page.rows.map(jsonLine).join(",\n"));
    separator = page.rows.length > 0 ? ",\n" : separator;
    if (page.next === null) break;
    after = page.next;
  }
  terminal.print("\n]}\n");
}
