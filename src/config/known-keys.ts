import * as z from "zod";
import { kindOfKey, secretKeysOf } from "./destination-kinds.js";
import { fileSchema, SERVER_FILE_KEYS } from "./file-schema.js";
import type { Path } from "./source.js";

/** The keys that can stand where this path ends, with those that name a file. Empty where there is no mapping of known keys. */
export function knownKeys(path: Path): readonly string[] {
  let schema: z.core.$ZodType = fileSchema;
  for (const step of path.slice(0, -1)) {
    const next: z.core.$ZodType | null = childOf(bare(schema), step);
    if (next === null) return [];
    schema = next;
  }
  const mapping = bare(schema);
  if (!(mapping instanceof z.ZodObject)) return [];
  return [...Object.keys(mapping.shape), ...fileKeysAt(path).map((key) => `${key}_file`)];
}

function childOf(schema: z.core.$ZodType, step: string | number): z.core.$ZodType | null {
  if (schema instanceof z.ZodArray) return schema.element;
  const shape: Record<string, z.core.$ZodType> = schema instanceof z.ZodObject ? schema.shape : {};
  return Object.hasOwn(shape, step) ? (shape[step] ?? null) : null;
}

/** What is parsed, without what makes it optional or is done with it afterwards. */
function bare(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional) return bare(schema.unwrap());
  return schema instanceof z.ZodPipe ? bare(schema.in) : schema;
}

function fileKeysAt(path: Path): readonly string[] {
  if (path[0] === "servers" && path.length === 3) return SERVER_FILE_KEYS;
  const kind = kindOfKey(path.at(-3));
  return kind === null ? [] : secretKeysOf(kind);
}
