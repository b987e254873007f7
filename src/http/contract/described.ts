import type * as z from "zod";

type Unwritten<Value> = Value extends Date
  ? Value
  : Value extends readonly (infer Item)[]
    ? readonly Unwritten<Item>[]
    : Value extends object
      ? { readonly [Key in keyof Value]: Unwritten<Value[Key]> }
      : Value;

/** What a schema describes. Whatever is made `satisfies` it, or the build breaks; nobody has to be able to change it. */
export type Described<Schema extends z.ZodType> = Unwritten<z.output<Schema>>;
