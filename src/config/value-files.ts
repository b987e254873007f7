import { resolve } from "node:path";
import { DESTINATION_KIND_NAMES, keyOf, secretKeysOf } from "./destination-kinds.js";
import { UNREADABLE } from "./environment.js";
import { SERVER_FILE_KEYS } from "./file-schema.js";
import { readValueFile } from "./secret-file.js";
import { type Finding, isRecord, type Path, type Source } from "./source.js";

type Files = { readFile: (path: string) => string; directory: string };

/**
 * The same source with the content of each `<key>_file` in its `<key>`, and what is wrong with those files. Relative paths
 * start at `directory`. What could not be read is unreadable there.
 */
export function readValueFiles(source: Source, files: Files): { source: Source; findings: Finding[] } {
  const findings: Finding[] = [];
  if (!isRecord(source.data)) return { source, findings };
  const inline = (record: unknown, path: Path, keys: readonly string[]) => {
    const read = withFileValues(record, path, keys, source, files);
    findings.push(...read.findings);
    return read.record;
  };
  const { servers, receivers, ...rest } = source.data;
  const data: Record<string, unknown> = { ...rest };
  if (servers !== undefined) {
    data.servers = mapItems(servers, (item, index) => inline(item, ["servers", index], SERVER_FILE_KEYS));
  }
  if (receivers !== undefined) {
    data.receivers = mapItems(receivers, (receiver, index) => {
      if (!isRecord(receiver)) return receiver;
      const filled = { ...receiver };
      for (const kind of DESTINATION_KIND_NAMES) {
        const key = keyOf(kind);
        if (filled[key] === undefined) continue;
        filled[key] = mapItems(filled[key], (item, place) =>
          inline(item, ["receivers", index, key, place], secretKeysOf(kind)),
        );
      }
      return filled;
    });
  }
  return { source: { ...source, data }, findings };
}

function mapItems(value: unknown, map: (item: unknown, index: number) => unknown): unknown {
  return Array.isArray(value) ? value.map(map) : value;
}

function withFileValues(record: unknown, path: Path, keys: readonly string[], source: Source, files: Files) {
  const findings: Finding[] = [];
  if (!isRecord(record)) return { record, findings };
  const filled = { ...record };
  for (const key of keys) {
    const file = filled[`${key}_file`];
    if (file === undefined) continue;
    delete filled[`${key}_file`];
    const filePath = [...path, `${key}_file`];
    const refuse = (message: string) => {
      findings.push({ path: filePath, message });
      filled[key] = UNREADABLE;
    };
    if (file === UNREADABLE) filled[key] = UNREADABLE;
    else if (typeof file !== "string" || file === "") refuse("must be the path of a file");
    else if (filled[key] !== undefined) {
      refuse(`is given, and ${source.nameOf([...path, key])} is given too; keep one of them`);
    } else {
      const read = readValueFile(resolve(files.directory, file), {
        readFile: files.readFile,
        multiline: key === "ca",
      });
      if (read.kind === "problem") refuse(read.problem);
      else filled[key] = read.value;
    }
  }
  return { record: filled, findings };
}
