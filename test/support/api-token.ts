import { randomBytes } from "node:crypto";
import { type ApiTokenDeps, type AskedToken, createApiToken } from "../../src/app/api-token.js";

/** A token with its text: of a viewer, for ever, unless the test says otherwise. */
export async function aToken(
  deps: ApiTokenDeps,
  given: Partial<AskedToken>,
): Promise<{ id: bigint; name: string; text: string }> {
  const asked: AskedToken = { name: "a-token", role: "viewer", expiresInMs: null, author: "mia", ...given };
  const created = await createApiToken(deps, asked, randomBytes(32));
  if (created.kind === "refused") throw new Error(created.because);
  return { id: created.id, name: asked.name, text: created.text };
}
