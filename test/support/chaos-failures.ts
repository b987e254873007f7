import type { Fault } from "./chaos-schedule.js";
import type { startFakeSlack } from "./fake-slack.js";

export type SlackFailure = ReturnType<NonNullable<NonNullable<Parameters<typeof startFakeSlack>[0]>["failWith"]>>;

/** Within the patience of a sender. */
const SLOW_MS = 700;

/** What the stand-in of Slack is told to do. */
export function slackFailureOf(failure: Extract<Fault, { kind: "slack" }>["failure"]): SlackFailure {
  switch (failure) {
    case "500":
      return { kind: "answer", httpStatus: 500 };
    case "slow":
      return { kind: "slow", replyAfterMs: SLOW_MS };
    case "429":
      return { kind: "answer", httpStatus: 429, headers: { "retry-after": "1" } };
    case "drop request":
      return { kind: "drop-request" };
    case "drop reply":
      return { kind: "drop-reply" };
    case "hang":
      return { kind: "hang" };
    default:
      throw new Error(`Unknown failure: ${JSON.stringify(failure satisfies never)}`);
  }
}

/** What the stand-in for mail is told to do. */
export function smtpFailureOf(failure: Extract<Fault, { kind: "smtp" }>["failure"]) {
  switch (failure) {
    case "421":
      return { kind: "refuse-mail", code: 421 } as const;
    case "450":
      return { kind: "refuse-mail", code: 450, text: "4.7.1 too many mails, try again later" } as const;
    case "slow":
      return { kind: "slow-after-data", replyAfterMs: SLOW_MS } as const;
    case "hang after":
      return { kind: "hang-after-data" } as const;
    case "drop before":
      return { kind: "drop-before-data" } as const;
    case "drop after":
      return { kind: "drop-after-data" } as const;
    default:
      throw new Error(`Unknown failure: ${JSON.stringify(failure satisfies never)}`);
  }
}
