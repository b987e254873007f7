import { type AcknowledgedAlert, type Acknowledgement, judgeAcknowledgement } from "./acknowledgement.js";
import { formatDuration } from "./duration.js";
import type { InhibitedAlert, Inhibition, Inhibitor } from "./inhibition.js";
import { oneLine, shorten } from "./plain-text.js";
import { type Silence, silencedBy } from "./silence.js";
import type { Muted } from "./time-interval.js";

/**
 * What can keep an alert from being told, in the order in which it is asked: the first that holds is the verdict. First
 * what a person decided to hide; then what another alert tells instead; then that somebody looks after it; last what
 * only puts it off and passes by itself.
 */
export const SUPPRESSED_BY = ["silenced", "inhibited", "acknowledged", "muted"] as const;
export type SuppressedBy = (typeof SUPPRESSED_BY)[number];

/** `untilAt`: when it would be told for this reason no longer; null when no time is known. */
export type Suppression =
  | { readonly kind: "told"; readonly because: string }
  | { readonly kind: "silenced"; readonly silence: Silence; readonly untilAt: Date; readonly because: string }
  | { readonly kind: "inhibited"; readonly inhibition: Inhibition; readonly untilAt: null; readonly because: string }
  | {
      readonly kind: "acknowledged";
      readonly acknowledgement: Acknowledgement;
      readonly untilAt: Date | null;
      readonly because: string;
    }
  | { readonly kind: "muted"; readonly untilAt: Date | null; readonly because: string };

/** An alert about to be told, at first, again, or to the next in line. */
export type AlertToTell = InhibitedAlert & AcknowledgedAlert & { readonly acknowledgement: Acknowledgement | null };

export type Suppressors = {
  readonly silences: readonly Silence[];
  readonly inhibitorOf: Inhibitor;
  /** Of the route by which it would be told, at the same instant. */
  readonly muted: Muted;
};

const REASON_CHARS_MAX = 200;

/** Whether an alert is told, and if not what keeps it, in the order of `SUPPRESSED_BY` and with one plain sentence. */
export function judgeSuppression(alert: AlertToTell, suppressors: Suppressors, at: Date): Suppression {
  for (const kind of SUPPRESSED_BY) {
    const suppression = suppressionBy(kind, alert, suppressors, at);
    if (suppression !== null) return suppression;
  }
  return { kind: "told", because: "Nothing keeps it from being told" };
}

function suppressionBy(
  kind: SuppressedBy,
  alert: AlertToTell,
  { silences, inhibitorOf, muted }: Suppressors,
  at: Date,
): Suppression | null {
  switch (kind) {
    case "silenced": {
      const silence = silencedBy(silences, alert.labels, at);
      if (silence === null) return null;
      const { endsAt, author, reason } = silence;
      const because = `${oneLine(author)} silenced it for another ${left(endsAt, at)}: ${short(reason)}`;
      return { kind, silence, untilAt: endsAt, because };
    }
    case "inhibited": {
      const inhibition = inhibitorOf(alert);
      return inhibition === null ? null : { kind, inhibition, untilAt: null, because: inhibition.because };
    }
    case "acknowledged": {
      const { acknowledgement } = alert;
      if (acknowledgement === null) return null;
      if (judgeAcknowledgement(acknowledgement, alert, at).kind !== "holds") return null;
      const { author, untilAt, note } = acknowledgement;
      const until = untilAt === null ? "until it is resolved" : `for another ${left(untilAt, at)}`;
      const said = oneLine(note) === "" ? "" : `: ${short(note)}`;
      return { kind, acknowledgement, untilAt, because: `${oneLine(author)} looks after it ${until}${said}` };
    }
    case "muted":
      return muted.muted ? { kind, untilAt: muted.untilAt, because: muted.because } : null;
    default:
      throw new Error(`Unknown reason to tell nothing: ${JSON.stringify(kind satisfies never)}`);
  }
}

function left(untilAt: Date, at: Date): string {
  return formatDuration(untilAt.getTime() - at.getTime());
}

function short(text: string): string {
  return shorten(oneLine(text), REASON_CHARS_MAX);
}
