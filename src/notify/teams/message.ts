import type { Severity } from "../../domain/alert.js";
import type { AlertItem, AlertsNotification, Notification } from "../../domain/notification.js";
import { shorten } from "../../domain/plain-text.js";
import {
  blindNote,
  countIntegrations,
  divisionOf,
  factsOf,
  integrationsOf,
  itemHeadlineOf,
  itemTitleOf,
  knownOf,
} from "../alert-wording.js";
import { oneLine, paragraphs } from "../plain-text.js";
import { serverConsequence, serverFactsOf } from "../server-wording.js";
import { silenceFactsOf, silenceOutcome } from "../silence-wording.js";
import { summaryFactsOf, summaryPurpose } from "../summary-wording.js";
import { TAG_TONES, tagOf, tagOfItem } from "../tag.js";
import { titleOf } from "../title.js";
import { topListOf } from "../top-list.js";
import { headlineOf, integrationNameOf, moreNote, notesOf, serverNameOf } from "../wording.js";
import { type CardElement, type CardStyle, factSet, line, run, smallPrint } from "./card.js";
import { digestElements } from "./digest-elements.js";

/** The envelope in which a workflow takes an Adaptive Card. */
export type TeamsMessage = {
  type: "message";
  attachments: [{ contentType: typeof CARD_TYPE; contentUrl: null; content: AdaptiveCard }];
};
type AdaptiveCard = {
  $schema: string;
  type: "AdaptiveCard";
  version: "1.4";
  fallbackText: string;
  msteams: { width: "Full" };
  body: CardElement[];
  actions?: { type: "Action.OpenUrl"; title: string; url: string }[];
};

const CARD_TYPE = "application/vnd.microsoft.card.adaptive";
const TITLE_MAX = 160;
const URL_MAX = 2000;
const LISTED_MAX = 10;
/** Teams refuses messages of more than 28 kB; what it adds itself has to fit in as well. */
const MESSAGE_BYTES_MAX = 24_000;

const PROBLEM_STYLES = { critical: "attention", warning: "warning", info: "accent" } as const satisfies Record<
  Severity,
  CardStyle
>;

/** The notification as a card: short, within Teams' limits, and without effect beyond its text, whatever it is made of. */
export function teamsMessage(notification: Notification): TeamsMessage {
  let message = messageOf(notification, LISTED_MAX);
  for (let shown = LISTED_MAX - 1; shown >= 0 && !fits(message); shown -= 1) message = messageOf(notification, shown);
  return message;
}

function fits(message: TeamsMessage): boolean {
  return Buffer.byteLength(JSON.stringify(message)) <= MESSAGE_BYTES_MAX;
}

function messageOf(notification: Notification, shown: number): TeamsMessage {
  const tag = tagOf(notification);
  const title = titleOf(notification, TITLE_MAX);
  const head = line(run(`${tag}  `, { weight: "Bolder" }), run(title, { weight: "Bolder", size: "Medium" }));
  const { link } = notification;
  const hidden = hiddenOf(notification, shown);
  const content: AdaptiveCard = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    fallbackText: run(`${tag} ${title}`).text,
    msteams: { width: "Full" },
    body: [
      { type: "Container", style: styleOf(notification), bleed: true, items: [head, ...whereOf(notification)] },
      ...bodyOf(notification, shown),
      ...(hidden === 0 ? [] : [smallPrint(`… ${moreNote(hidden)}`)]),
      ...notesOf(notification).map(smallPrint),
    ],
    ...(link === null || link.length > URL_MAX
      ? {}
      : { actions: [{ type: "Action.OpenUrl" as const, title: "Show in polarwatch", url: link }] }),
  };
  return { type: "message", attachments: [{ contentType: CARD_TYPE, contentUrl: null, content }] };
}

function styleOf(notification: Notification): CardStyle {
  const tone = TAG_TONES[tagOf(notification)];
  switch (tone) {
    case "problem":
      return PROBLEM_STYLES[notification.severity];
    case "taken":
      return "accent";
    case "over":
      return "good";
    case "report":
      return "emphasis";
    default:
      throw new Error(`Unknown tone: ${JSON.stringify(tone satisfies never)}`);
  }
}

function whereOf(notification: Notification): CardElement[] {
  if (notification.kind !== "alerts") return [];
  const where = `${integrationsOf(notification)} on ${serverNameOf(notification, 100)} · ${notification.severity}`;
  const division = divisionOf(notification);
  return [line(run(division === null ? where : `${where} · ${division}`, { isSubtle: true }))];
}

function bodyOf(notification: Notification, shown: number): CardElement[] {
  switch (notification.kind) {
    case "alerts": {
      const [first, ...others] = notification.items;
      if (first === undefined) throw new Error("A notification about alerts has no item");
      return others.length === 0 ? oneItem(first, titleOf(notification, TITLE_MAX)) : itemList(notification, shown);
    }
    case "server":
      return [
        ...textLines(notification.state === "firing" ? oneLine(notification.detail, 400) : ""),
        ...factSet(serverFactsOf(notification)),
        smallPrint(serverConsequence(notification)),
      ];
    case "summary":
      return [
        line(run(summaryPurpose(notification))),
        ...factSet(summaryFactsOf(notification)),
        ...topList(notification, shown),
      ];
    case "silence":
      return [
        line(run(silenceOutcome(notification))),
        ...factSet(silenceFactsOf(notification)),
        ...topList(notification, shown),
      ];
    case "report":
      return [
        ...notification.sentences.slice(0, 10).map((sentence) => line(run(oneLine(sentence, 300)))),
        ...factSet(notification.facts),
        ...topList(notification, shown),
      ];
    case "digest":
      return digestElements(notification, shown);
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

function oneItem(item: AlertItem, title: string): CardElement[] {
  const headline = itemHeadlineOf(item, 400);
  const because = oneLine(item.because, 300);
  const body = paragraphs(item.body, 500);
  const blind = blindNote(item.blindMs);
  return [
    ...(title.includes(headline) ? [] : [line(run(headline, { weight: "Bolder" }))]),
    ...(body === headline ? [] : textLines(body)),
    ...(because === "" ? [] : [line(run("Why: ", { weight: "Bolder" }), run(because))]),
    ...factSet(factsOf(item)),
    ...(blind === null ? [] : [smallPrint(blind)]),
  ];
}

function itemList(notification: AlertsNotification, shown: number): CardElement[] {
  const isMixed = countIntegrations(notification) > 1;
  return notification.items.slice(0, shown).map((item) => {
    const known = knownOf(item);
    const because = oneLine(item.because, 200);
    const head = line(
      run(`${tagOfItem(item)}  `, { weight: "Bolder" }),
      run(itemTitleOf(item, isMixed, 160), { weight: "Bolder" }),
    );
    const small = [known, because].filter((text) => text !== "");
    return { type: "Container", separator: true, items: [head, ...small.map(smallPrint)] };
  });
}

function topList(
  notification: Exclude<Notification, { kind: "alerts" | "server" | "digest" }>,
  shown: number,
): CardElement[] {
  const { heading, entries } = topListOf(notification);
  if (entries.length === 0) return [];
  const lines = entries
    .slice(0, shown)
    .map(({ integration, headline, known }) =>
      line(
        run(`${integrationNameOf(integration, 60)}: `, { weight: "Bolder" }),
        run(`${headlineOf(headline, 160)} (${shorten(known.join(", "), 100)})`),
      ),
    );
  return [line(run(oneLine(heading, 60), { weight: "Bolder" })), ...lines];
}

/** How many entries there are beyond those that are shown. */
function hiddenOf(notification: Notification, shown: number): number {
  if (notification.kind === "server" || notification.kind === "digest") return 0;
  if (notification.kind === "alerts") {
    return notification.items.length === 1 ? 0 : Math.max(notification.items.length - shown, 0);
  }
  const omitted = notification.kind === "report" ? notification.omittedEntries : 0;
  return Math.max(topListOf(notification).entries.length - shown, 0) + omitted;
}

/** A run has no line breaks everywhere, so each line is a block of its own; at most six. */
function textLines(text: string): CardElement[] {
  return text
    .split("\n")
    .filter((each) => each.trim() !== "")
    .slice(0, 6)
    .map((each) => line(run(each)));
}
