import { expect, test } from "vitest";
import { createLogger } from "../../src/lib/logger.js";
import { Outage } from "../../src/queue/outage.js";
import { NoAnswer } from "../../src/queue/within.js";
import { createTestClock } from "../support/test-clock.js";

function anOutage() {
  const messages: string[] = [];
  const written: string[] = [];
  const write = (line: string) => {
    written.push(line);
    messages.push(JSON.parse(line).msg);
  };
  const clock = createTestClock();
  const log = createLogger({ level: "info", format: "json" }, { write });
  return { outage: new Outage(log, clock), clock, messages, written };
}

const LOST = "The queue cannot be reached";
const BACK = "The queue can be reached again";

test("an outage is logged when it begins and when it is over, and not in between", () => {
  const { outage, clock, messages } = anOutage();
  outage.recovered();
  for (let failure = 0; failure < 100; failure += 1) {
    outage.failed(new Error("ECONNREFUSED"));
    clock.advance(10_000);
  }
  outage.recovered();
  outage.recovered();
  expect(messages).toEqual([LOST, BACK]);
});

test("a backend that comes and goes is logged once a minute", () => {
  const { outage, clock, messages } = anOutage();
  for (let second = 0; second < 90; second += 1) {
    outage.failed(new Error("reset"));
    outage.recovered();
    clock.advance(1000);
  }
  expect(messages).toEqual([LOST, BACK, LOST, BACK]);
});

test("it tells the last reason while it lasts, also for a host that refused on several addresses", () => {
  const { outage } = anOutage();
  expect(outage.reason).toBeNull();
  outage.failed(new Error("first"));
  outage.failed(new AggregateError([new Error("refused on ::1"), new Error("refused on 127.0.0.1")], ""));
  expect(outage.reason).toBe("refused on ::1");
  outage.failed(new NoAnswer("no answer within 2000 ms"));
  expect(outage.reason).toBe("refused on ::1");
  outage.recovered();
  expect(outage.reason).toBeNull();
});

test("the log never holds more than the message: an error of ioredis carries the password that was refused", () => {
  const { outage, written } = anOutage();
  outage.failed(Object.assign(new Error("WRONGPASS"), { command: { name: "auth", args: ["hunter2"] } }));
  expect(written.join()).toContain("WRONGPASS");
  expect(written.join()).not.toContain("hunter2");
});

test("a connection that was closed on purpose has no outage", () => {
  const { outage, messages } = anOutage();
  outage.close();
  outage.failed(new Error("closed"));
  expect([outage.reason, messages]).toEqual([null, []]);
});
