/** The block of a message that holds its buttons. */
export const ACTIONS_BLOCK_ID = "polarwatch";

/** What each button sends when it is pressed. Messages that are out there keep theirs: an id is never given a new meaning. */
export const ACTION_IDS = {
  acknowledge: "polarwatch_ack",
  silence: "polarwatch_silence",
  why: "polarwatch_why",
  history: "polarwatch_history",
} as const;

/** How long to silence: for a time, or until what is silenced changes. */
export const SILENCE_CHOICES = ["1h", "8h", "change"] as const;
export type SilenceChoice = (typeof SILENCE_CHOICES)[number];

/** The value of an option of the silence menu: `1h:delivery-17`. That of a button is the id of the delivery alone. */
export function silenceValueOf(choice: SilenceChoice, deliveryId: string): string {
  return `${choice}:${deliveryId}`;
}

/** Reads such a value; null when it is none. The id is as it came, and from outside. */
export function parseSilenceValue(value: string): { choice: SilenceChoice; deliveryId: string } | null {
  const separator = value.indexOf(":");
  const choice = SILENCE_CHOICES.find((each) => each === value.slice(0, separator));
  const deliveryId = value.slice(separator + 1);
  return choice === undefined || deliveryId === "" ? null : { choice, deliveryId };
}
