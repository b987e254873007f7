import type { ActionsBlock, Button, PlainTextElement, StaticSelect } from "@slack/web-api";
import type { Notification } from "../../domain/notification.js";
import { ACTION_IDS, ACTIONS_BLOCK_ID, type SilenceChoice, silenceValueOf } from "./action-ids.js";

/** The value of an option may have 75 characters; ids of deliveries are far shorter. */
const DELIVERY_ID = /^[A-Za-z0-9_-]{1,64}$/;

const SILENCE_LABELS: readonly [SilenceChoice, string][] = [
  ["1h", "1 h"],
  ["8h", "8 h"],
  ["change", "Until it changes"],
];

/**
 * What can be done about alerts that are not over, each button with the id of the delivery. Empty when there is nothing
 * to be done; without "Acknowledge" when somebody has taken on all of it.
 */
export function buttonBlocks(notification: Notification): ActionsBlock[] {
  const { deliveryId } = notification;
  const open = openOf(notification);
  if (open === "nothing" || !DELIVERY_ID.test(deliveryId)) return [];
  return [
    {
      type: "actions",
      block_id: ACTIONS_BLOCK_ID,
      elements: [
        ...(open === "unacknowledged" ? [acknowledgeButton(deliveryId)] : []),
        silenceMenu(deliveryId),
        {
          type: "button",
          action_id: ACTION_IDS.why,
          text: plain("Why"),
          value: deliveryId,
          accessibility_label: "Why this was told: what each rule decided",
        },
        {
          type: "button",
          action_id: ACTION_IDS.history,
          text: plain("Show history"),
          value: deliveryId,
          accessibility_label: "Show what happened before",
        },
      ],
    },
  ];
}

function openOf(notification: Notification): "unacknowledged" | "acknowledged" | "nothing" {
  switch (notification.kind) {
    case "alerts": {
      const states = new Set(notification.items.map(({ state }) => state));
      if (states.has("firing")) return "unacknowledged";
      return states.has("acknowledged") ? "acknowledged" : "nothing";
    }
    case "server":
      return notification.state === "firing" ? "unacknowledged" : "nothing";
    case "summary":
    case "silence":
    case "report":
    case "digest":
      return "nothing";
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

function acknowledgeButton(deliveryId: string): Button {
  return {
    type: "button",
    action_id: ACTION_IDS.acknowledge,
    text: plain("Acknowledge"),
    style: "primary",
    value: deliveryId,
    accessibility_label: "Acknowledge: I look after what fires here",
  };
}

/** It hides something from everybody, and a menu is easily hit by accident: so it asks. */
function silenceMenu(deliveryId: string): StaticSelect {
  return {
    type: "static_select",
    action_id: ACTION_IDS.silence,
    placeholder: plain("Silence…"),
    options: SILENCE_LABELS.map(([choice, label]) => ({
      text: plain(label),
      value: silenceValueOf(choice, deliveryId),
    })),
    confirm: {
      title: plain("Silence these alerts?"),
      text: plain("Nobody is told about them until it ends, here or anywhere else. What it hid is told then."),
      confirm: plain("Silence"),
      deny: plain("Cancel"),
    },
  };
}

function plain(text: string): PlainTextElement {
  return { type: "plain_text", text, emoji: false };
}
