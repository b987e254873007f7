import { stringifyExact } from "./exact-json.js";
import type { Integration } from "./integrations.js";
import { type ErrorNames, type Spelling, spell } from "./naming.js";
import { hashOf, hex32 } from "./random.js";
import type { ErrorTexts } from "./samples.js";

/** An error as it is to be told. Null is what the server does not know. */
export type ShownError = {
  readonly id: string;
  readonly integrationId: string;
  readonly texts: ErrorTexts;
  readonly occurrences: number | null;
  readonly lastOccurredAtMs: number | null;
};

/** Writes errors as JSON. What does not change about an error is written once and remembered. */
export class ErrorEncoder {
  private readonly names: ErrorNames;
  private readonly written = new WeakMap<ErrorTexts, { before: string; after: string }>();

  constructor(names: ErrorNames) {
    this.names = names;
  }

  /** The body of the errors list. */
  encodeList(errors: readonly ShownError[]): string {
    return `{"data":[${errors.map((error) => this.encode(error)).join(",")}],"jsonapi":{"version":"1.0"}}`;
  }

  private encode({ id, integrationId, texts, occurrences, lastOccurredAtMs }: ShownError): string {
    const names = this.names;
    const { before, after } = this.textsOf(texts);
    const self = `/api/integration/${encodeURIComponent(integrationId)}/errors/${encodeURIComponent(id)}`;
    const lastOccurredAt = lastOccurredAtMs === null ? null : new Date(lastOccurredAtMs).toISOString();
    return (
      `{"type":"integration-errors",${member("id", id)},"links":{${member("self", self)}},"attributes":{` +
      `${before}${member(names.occurrences, occurrences)},${member(names.integrationId, integrationId)},` +
      `${after}${member(names.extra, {})},${member(names.lastOccurredAt, lastOccurredAt)}},` +
      `"relationships":{"integration":{"data":{"type":"integrations",${member("id", integrationId)}}}}}`
    );
  }

  private textsOf(texts: ErrorTexts): { before: string; after: string } {
    const known = this.written.get(texts);
    if (known !== undefined) return known;
    const names = this.names;
    const fresh = {
      before: optionalMembers([
        [names.shortText, texts.detail],
        [names.title, texts.title],
        [names.longText, texts.description],
      ]),
      after: optionalMembers([
        [names.meta, texts.meta],
        [names.httpStatus, texts.httpStatus],
      ]),
    };
    this.written.set(texts, fresh);
    return fresh;
  }
}

const member = (name: string, value: unknown) => `${JSON.stringify(name)}:${stringifyExact(value) ?? "null"}`;

const optionalMembers = (members: readonly (readonly [string, unknown])[]) =>
  members.map(([name, value]) => (value === undefined ? "" : `${member(name, value)},`)).join("");

/** An integration as a JSON:API resource, with option values that a client must neither keep nor show. */
export function integrationResource(integration: Integration, errorIds: readonly string[], spelling: Spelling): object {
  const { id, name, acronym, status, description, version, entityTypes } = integration;
  const query = `filter[integration.id]=${encodeURIComponent(id)}`;
  const attributes: Record<string, unknown> = {
    name,
    acronym,
    status,
    description,
    version,
    autosubscribe: true,
    "entity-types": entityTypes,
    "custom-types": [{ key: `${acronym.toLowerCase()}-ticket` }],
    "tls-allow-unauthorized": false,
    "default-options": { apiKey: optionSecretOf(id) },
  };
  return {
    type: "integrations",
    id,
    links: { self: `/api/integrations/${encodeURIComponent(id)}` },
    attributes: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [spell(key, spelling), value])),
    relationships: {
      "integration-errors": {
        data: errorIds.map((errorId) => ({ type: "integration-errors", id: errorId })),
        links: { self: `/api/integration-errors?${query}` },
      },
      "integration-options": {
        data: [optionResource(id)],
        links: { self: `/api/integration-options?${query}` },
      },
    },
  };
}

/** The option of an integration, with its value. */
export function optionResource(integrationId: string): object {
  return {
    type: "integration-options",
    id: `${integrationId}-apiKey`,
    attributes: { value: optionSecretOf(integrationId), "admin-only": true, "user-can-edit": false },
  };
}

const optionSecretOf = (integrationId: string) => `FAKE-option-secret-${hex32(hashOf("option", integrationId))}`;
