import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import * as z from "zod";

const DOCS = new URL("../../docs/configuration.md", import.meta.url);

/** What Slack takes as an app's manifest, as far as we use it. */
const manifest = z.strictObject({
  display_information: z.strictObject({ name: z.string().min(1).max(35), description: z.string().min(1).max(140) }),
  features: z.strictObject({
    bot_user: z.strictObject({ display_name: z.string().regex(/^[\w.-]{1,80}$/), always_online: z.boolean() }),
    slash_commands: z
      .array(
        z.strictObject({
          command: z.string().regex(/^\/[a-z0-9_-]{1,31}$/),
          description: z.string().min(1).max(2000),
          usage_hint: z.string().min(1).max(1000),
          should_escape: z.boolean(),
        }),
      )
      .min(1)
      .max(50),
  }),
  oauth_config: z.strictObject({
    scopes: z.strictObject({ bot: z.array(z.string().regex(/^[a-z]+(:[a-z.]+)?$/)).min(1) }),
  }),
  settings: z.strictObject({
    interactivity: z.strictObject({ is_enabled: z.literal(true) }),
    org_deploy_enabled: z.boolean(),
    socket_mode_enabled: z.literal(true),
    token_rotation_enabled: z.literal(false),
  }),
});

test("the manifest in the documentation is one that Slack takes, with the scopes that polarwatch uses", () => {
  const docs = readFileSync(DOCS, "utf8");
  const [, yaml = ""] = /```yml\n(# Slack app manifest\n[\s\S]*?)```/.exec(docs) ?? [];
  const { oauth_config, features } = manifest.parse(parse(yaml));
  const { bot } = oauth_config.scopes;
  expect(new Set(bot).size).toBe(bot.length);
  const scopes = [...docs.matchAll(/^\| `([a-z:]+)`(?:, `([a-z:]+)`)? +\|/gm)].flatMap(([, one, other]) => [
    one,
    other,
  ]);
  for (const scope of ["commands", ...scopes.filter((one) => one?.includes(":"))]) expect(bot).toContain(scope);
  expect(features.slash_commands.map(({ command }) => command)).toEqual(["/polarwatch"]);
});
