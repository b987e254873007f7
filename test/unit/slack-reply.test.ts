import { expect, test } from "vitest";
import { replyMessage } from "../../src/notify/slack/reply.js";
import { hostileTexts } from "../support/hostile-samples.js";
import { checkBlocks, linksOf, mentionsOf, visibleTextOf } from "../support/slack-block-kit.js";

const LINK = "https://polarwatch.example.com/errors/1";

/** The blocks as Slack would take them. Throws when it would not. */
function taken(sentences: readonly string[], link: string | null = null) {
  const { text, blocks } = replyMessage({ sentences, link });
  const checked = checkBlocks(blocks);
  if (checked.kind === "refused") throw new Error([checked.error, ...checked.messages].join("\n"));
  return { text, blocks: checked.blocks };
}

test("whatever is said, Slack takes it, nobody is mentioned, and the only link is ours", () => {
  for (const text of hostileTexts()) {
    const message = taken([text, `${text} ${text}`, "Said"], LINK);
    expect(mentionsOf(message), text).toEqual([]);
    expect(linksOf(message), text).toEqual([LINK]);
  }
});

test("what is too long is cut, and says so", () => {
  const many = taken(Array.from({ length: 200 }, (_, index) => `${index} ${'<&>"\n'.repeat(200)}`));
  expect(visibleTextOf(many.blocks)).toMatch(/And more\.$/);
  expect(many.text.length).toBeLessThan(3000);
  expect(taken(["Said"], `https://${"x".repeat(4000)}`).blocks).toEqual(taken(["Said"]).blocks);
});
