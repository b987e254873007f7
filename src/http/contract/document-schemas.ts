import * as z from "zod";

const identifierOf = (type: string) => z.strictObject({ type: z.literal(type), id: z.string() });

export const toOne = (type: string) => z.strictObject({ data: identifierOf(type) });
export const toOneOrNone = (type: string) => z.strictObject({ data: identifierOf(type).nullable() });
export const toMany = (type: string) => z.strictObject({ data: z.array(identifierOf(type)) });

const self = z.strictObject({ self: z.string() });

type Parts = {
  type: string;
  attributes: z.ZodObject;
  relationships?: Readonly<Record<string, z.ZodType>>;
  /** Whether it says where it is. */
  hasSelf?: boolean;
};

/** One thing as answers hold it, and nothing else. `name`: by which the contract refers to it. */
export function resourceSchema(name: string, { type, attributes, relationships, hasSelf = false }: Parts): z.ZodObject {
  return z
    .strictObject({
      ...identifierOf(type).shape,
      attributes,
      ...(relationships !== undefined && { relationships: z.strictObject(relationships) }),
      ...(hasSelf && { links: self }),
    })
    .meta({ id: name });
}

type Beside = {
  /** What may come along. */
  included?: readonly [z.ZodType, ...z.ZodType[]];
  meta?: z.ZodType;
};

/** A list of such things. */
export function listOf(resource: z.ZodType, beside: Beside = {}): z.ZodObject {
  const links = z.strictObject({ self: z.string(), next: z.string().nullable() });
  return z.strictObject({ links, data: z.array(resource), ...besideOf(beside) });
}

/** A list that is never cut into pages. */
export function wholeListOf(resource: z.ZodType): z.ZodObject {
  return z.strictObject({ links: self, data: z.array(resource) });
}

/**
 * The fields of a list's rows, where a thing is without its parts: its id, its attributes, and of what it is related to
 * the id (`server` is `server-id`), or the ids. Null where the answer is no list, of which there are no rows.
 */
export function rowFieldsOf(document: z.ZodType): readonly string[] | null {
  const { data } = fieldsOf(document);
  if (!(data instanceof z.ZodArray)) return null;
  const { attributes, relationships } = fieldsOf(data.element);
  const related = Object.entries(fieldsOf(relationships)).map(([name, relationship]) =>
    fieldsOf(relationship).data instanceof z.ZodArray ? name : `${name}-id`,
  );
  return ["id", ...Object.keys(fieldsOf(attributes)), ...related];
}

function fieldsOf(schema: unknown): Readonly<Record<string, unknown>> {
  return schema instanceof z.ZodObject ? schema.shape : {};
}

/** One such thing. */
export function singleOf(resource: z.ZodType, beside: Beside = {}): z.ZodObject {
  return z.strictObject({ links: self, data: resource, ...besideOf(beside) });
}

function besideOf({ included, meta }: Beside) {
  return {
    ...(included !== undefined && { included: z.array(z.union(included)).optional() }),
    ...(meta !== undefined && { meta }),
  };
}
