import fc from "fast-check";
import { expect, test } from "vitest";
import { buttonBlocks } from "../../src/notify/slack/buttons.js";
import { readCommand, readInteraction } from "../../src/notify/slack/request.js";
import { anAlertsNotification } from "../support/notifications.js";

const USER = { id: "U0ADA", username: "ada" };
const pressed = (action: object) => ({ type: "block_actions", user: USER, actions: [action] });

test("every button and every choice that a message shows is read as what it says", () => {
  const [block] = buttonBlocks(anAlertsNotification({ deliveryId: "delivery-17" }));
  const actions = (block?.elements ?? []).flatMap((element): object[] => {
    if (element.type === "button") return [{ action_id: element.action_id, value: element.value }];
    if (element.type !== "static_select") throw new Error(`Nobody reads a ${element.type}`);
    return (element.options ?? []).map((option) => ({ action_id: element.action_id, selected_option: option }));
  });
  const read = actions.map((action) => readInteraction(pressed(action)));
  const wanted = read.map((one) => (one.kind === "request" ? one.request.wanted : one.kind));
  expect(wanted).toEqual(
    expect.arrayContaining([
      { kind: "acknowledge", deliveryId: "delivery-17" },
      { kind: "silence", deliveryId: "delivery-17", pressed: "1h" },
      { kind: "silence", deliveryId: "delivery-17", pressed: "8h" },
      { kind: "silence", deliveryId: "delivery-17", pressed: "change" },
      { kind: "why", deliveryId: "delivery-17" },
      { kind: "history", deliveryId: "delivery-17" },
    ]),
  );
  expect(wanted).toHaveLength(6);
});

test("the name is readable and bounded, and where there is none it is the id", () => {
  const nameOf = (user: object) => {
    const read = readInteraction({ ...pressed({ action_id: "polarwatch_why", value: "delivery-1" }), user });
    return read.kind === "request" ? read.request.user.name : read.kind;
  };
  expect(nameOf({ id: "U0ADA", username: "ada", name: "other" })).toBe("ada");
  expect(nameOf({ id: "U0ADA", name: "ada" })).toBe("ada");
  expect(nameOf({ id: "U0ADA", username: " \u202e\u0000 " })).toBe("U0ADA");
  expect(nameOf({ id: "U0ADA", username: 7 })).toBe("U0ADA");
  expect(nameOf({ id: "U0ADA", username: "x".repeat(1000) }).length).toBeLessThanOrEqual(60);
  expect(nameOf({ id: "<!channel>", username: "ada" })).toBe("unreadable");
});

test("nothing makes reading throw", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(["request", "ignored", "unreadable"]).toContain(readInteraction(value).kind);
      expect(["request", "ignored", "unreadable"]).toContain(readCommand(value).kind);
    }),
  );
});
