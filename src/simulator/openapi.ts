import type { ErrorNames } from "./naming.js";

/** A small OpenAPI 3 document with the names of an error's attributes as they are spoken. */
export function openApiOf(names: ErrorNames): object {
  const property = (name: string, type: string, description: string) => [name, { type, nullable: true, description }];
  const attributes = Object.fromEntries([
    property(names.shortText, "string", "Short description of the error"),
    property(names.title, "string", "Title of the error"),
    property(names.longText, "string", "More detailed description of the error"),
    property(names.occurrences, "number", "How often this error has occurred"),
    property(names.integrationId, "string", "Id of the integration"),
    property(names.meta, "object", "Details specific to the integration"),
    property(names.extra, "object", "Further details"),
    property(names.lastOccurredAt, "string", "ISO 8601 time of the last occurrence"),
    property(names.httpStatus, "number", "HTTP status code"),
  ]);
  const answers = (description: string) => ({ "200": { description } });
  const parameter = (name: string, type: string) => ({ name, in: "query", schema: { type } });
  return {
    openapi: "3.0.3",
    info: { title: "Simulated Polarity server", version: "5.7.3" },
    paths: {
      "/api/users/login": { post: { operationId: "login", responses: answers("A token") } },
      "/api/users/refresh": { get: { operationId: "refresh", responses: answers("A new token") } },
      "/api/users/logout": { post: { operationId: "logout", responses: answers("The token no longer works") } },
      "/api/integrations": {
        get: {
          operationId: "getIntegrations",
          parameters: [
            parameter("page[number]", "integer"),
            parameter("page[size]", "integer"),
            parameter("filter[integration.status]", "string"),
            parameter("filter[integration.integration-errors]", "boolean"),
          ],
          responses: answers("One page of integrations"),
        },
      },
      "/api/integrations/{id}": {
        get: {
          operationId: "getIntegration",
          parameters: [{ name: "id", in: "path", required: true, schema: { type: "string" } }],
          responses: answers("One integration"),
        },
      },
      "/api/integrations/errors": {
        get: {
          operationId: "getIntegrationErrors",
          responses: {
            "200": {
              description: "All errors",
              content: {
                "application/vnd.api+json": { schema: { $ref: "#/components/schemas/IntegrationErrorList" } },
              },
            },
          },
        },
      },
    },
    components: {
      schemas: {
        IntegrationErrorList: {
          type: "object",
          properties: { data: { type: "array", items: { $ref: "#/components/schemas/IntegrationError" } } },
        },
        IntegrationError: {
          type: "object",
          properties: {
            type: { type: "string", enum: ["integration-errors"] },
            id: { type: "string" },
            attributes: { type: "object", properties: attributes },
          },
        },
      },
    },
  };
}
