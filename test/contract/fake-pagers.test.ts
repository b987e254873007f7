import { expect, onTestFinished, test } from "vitest";
import { startFakePagerDuty } from "../support/fake-pagerduty.js";
import { startFakeTeams } from "../support/fake-teams.js";

async function post(url: string, body: unknown) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { httpStatus: answer.status, text: await answer.text() };
}

const KEY = "FAKEroutingkey000000000000000000";
const payload = { summary: "s", source: "prod", severity: "critical" };
const trigger = { routing_key: KEY, dedup_key: "d", event_action: "trigger", payload };

test.each<[string, object, number]>([
  ["an event with what it needs", trigger, 202],
  ["the end of what never began", { routing_key: KEY, dedup_key: "x", event_action: "resolve" }, 202],
  ["another key", { ...trigger, routing_key: "other" }, 400],
  ["no source", { ...trigger, payload: { summary: "s", severity: "critical" } }, 400],
  ["a severity unknown", { ...trigger, payload: { ...payload, severity: "fatal" } }, 400],
  ["a summary too long", { ...trigger, payload: { ...payload, summary: "s".repeat(1025) } }, 400],
  ["a key too long", { ...trigger, dedup_key: "d".repeat(256) }, 400],
  ["a member unknown", { ...trigger, colour: "red" }, 400],
  ["an action unknown", { ...trigger, event_action: "open" }, 400],
  ["half a megabyte", { ...trigger, payload: { ...payload, custom_details: { a: "x".repeat(600_000) } } }, 413],
])("the fake PagerDuty answers %s as PagerDuty would", async (_, event, httpStatus) => {
  const fake = await startFakePagerDuty({ routingKey: KEY });
  onTestFinished(() => fake.close());
  const answer = await post(`${fake.apiUrl}/v2/enqueue`, event);
  expect(answer.httpStatus).toBe(httpStatus);
  expect(fake.events()).toHaveLength(httpStatus === 202 ? 1 : 0);
  expect(Object.keys(fake.incidents())).toEqual(httpStatus === 202 && "payload" in event ? ["d"] : []);
});

const text = (given: string) => ({ type: "RichTextBlock", inlines: [{ type: "TextRun", text: given }] });
const fact = (value: string) => ({ type: "FactSet", facts: [{ title: "t", value }] });

function messageOf(body: object[], changes: object = {}) {
  const content = { type: "AdaptiveCard", version: "1.4", body, ...changes };
  const attachment = { contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content };
  return { type: "message", attachments: [attachment] };
}

test.each<[string, object, number]>([
  ["a card", messageOf([text("*as it is*"), fact("\\*escaped\\*")]), 202],
  ["no envelope", { type: "AdaptiveCard", version: "1.4", body: [text("a")] }, 400],
  ["a card of another version", messageOf([text("a")], { version: "2.0" }), 400],
  ["an element unknown", messageOf([{ type: "Banner", text: "a" }]), 400],
  ["a member unknown", messageOf([{ ...text("a"), colour: "red" }]), 400],
  ["a mention", messageOf([text("a")], { msteams: { entities: [{ type: "mention" }] } }), 400],
  ["Markdown in a fact", messageOf([fact("*bold*")]), 400],
  ["a link in a fact", messageOf([fact("[a](b)")]), 400],
  ["a list in a fact", messageOf([fact("- a")]), 400],
  ["what would be computed", messageOf([text("{{DATE(2026-03-02)}}")]), 400],
  ["what would be a link", messageOf([text("https://example.com")]), 400],
  ["what would be a mention", messageOf([text("@everyone")]), 400],
  ["28 kB", messageOf(Array.from({ length: 20 }, () => text("x".repeat(1500)))), 413],
])("the fake Teams answers %s as Teams would", async (_, message, httpStatus) => {
  const fake = await startFakeTeams();
  onTestFinished(() => fake.close());
  const answer = await post(fake.url, message);
  expect([answer.httpStatus, answer.text === ""]).toEqual([httpStatus, httpStatus === 202]);
  expect(fake.cards()).toHaveLength(httpStatus === 202 ? 1 : 0);
  expect((await post(fake.url.replace(/sig=.*/, "sig=other"), message)).httpStatus).toBe(401);
});
