import fc from "fast-check";
import { expect, test } from "vitest";
import { type ChatCommand, parseChatCommand } from "../../src/app/chat-command.js";
import { formatMatcher } from "../../src/domain/matcher.js";

const HOUR = 3_600_000;
const problemOf = (command: ChatCommand) => (command.kind === "wrong" ? command.problem : command.kind);

test.each([
  ["", { kind: "help" }],
  ["  ", { kind: "help" }],
  ["HELP me", { kind: "help" }],
  ["status", { kind: "status" }],
  ["ack 12", { kind: "ack", alert: "12" }],
  ["ack alert 12", { kind: "ack", alert: "12" }],
  ["Ack #12", { kind: "ack", alert: "12" }],
  ["ack alert-12", { kind: "ack", alert: "12" }],
  ["why 34", { kind: "why", about: "error", id: "34" }],
  ["why error 34", { kind: "why", about: "error", id: "34" }],
  ["why alert-12", { kind: "why", about: "alert", id: "12" }],
] as const)("%j is understood", (text, command) => {
  expect(parseChatCommand(text)).toEqual(command);
});

test.each([
  ['silence integration="VirusTotal" for 2h A new key', ['integration="VirusTotal"'], 2 * HOUR, "A new key"],
  ["silence server=prod, cause=~quota for 1h30m", ['server="prod"', 'cause=~"quota"'], 1.5 * HOUR, ""],
  ['silence integration="Wait for 2h" for 1h for good', ['integration="Wait for 2h"'], HOUR, "for good"],
  ["silence integration=“Virus Total” FOR 1d", ['integration="Virus Total"'], 24 * HOUR, ""],
  ['silence integration="A &amp; B" for 1h a &lt; b', ['integration="A & B"'], HOUR, "a < b"],
] as const)("%j is a silence", (text, matchers, lastsMs, reason) => {
  const command = parseChatCommand(text);
  if (command.kind !== "silence") throw new Error(problemOf(command));
  expect(command.matchers.map(formatMatcher)).toEqual(matchers);
  expect(command).toMatchObject({ lastsMs, reason });
});

test.each([
  ["dance", 'There is no command "dance". "help" lists those there are.'],
  ["ack", /number of an alert.*ack 12\.$/],
  ["ack twelve", /number of an alert/],
  ["ack error 12", /number of an alert/],
  ["why", /why 34, or: why alert 12\.$/],
  ["silence", /for how long.*silence integration/],
  ["silence integration=VirusTotal", /for how long/],
  ["silence integration=VirusTotal for ever", /for how long/],
  ["silence for 2h", /what to silence/],
  ["silence a=b for 400d", /at most 366 d/],
  ["silence a=b for 0", /at most 366 d/],
  ["silence VirusTotal for 2h", /^"VirusTotal" is not like label="value": Expected one of/],
  ['silence a="b for 2h', /^A quote is never closed/],
  ['silence a=~"(" for 2h', /Not a regular expression/],
] as const)("%j is told what to type instead", (text, problem) => {
  expect(problemOf(parseChatCommand(text))).toMatch(problem);
});

test("whatever is typed is understood or told why not, in bounded words", () => {
  const words = fc.constantFrom(
    "silence",
    "ack",
    "why",
    "for",
    "2h",
    'a="b',
    'a="b"',
    "“",
    "alert",
    "12",
    "\u0000",
    "=",
  );
  const typed = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(words).map((list) => list.join(" ")),
  );
  fc.assert(
    fc.property(typed, (text) => {
      expect(problemOf(parseChatCommand(text)).length).toBeLessThan(400);
    }),
  );
  expect(problemOf(parseChatCommand("x".repeat(100_000))).length).toBeLessThan(400);
  expect(problemOf(parseChatCommand(`silence ${'a="b" '.repeat(50_000)}`)).length).toBeLessThan(400);
});
