import { formatDuration } from "../domain/duration.js";
import type { NewSilence } from "../domain/silence.js";
import { findAlert } from "../store/history/alerts-behind.js";
import { acknowledgeAlert } from "./acknowledge.js";
import { silencedWords, subjectWords, takenWords, unknownWords } from "./action-wording.js";
import { type Answer, answer, type Person } from "./answer.js";
import { type ChatCommand, parseChatCommand } from "./chat-command.js";
import { type AnswerDeps, explainAlerts, explained } from "./delivery-answers.js";
import { addSilenceOnce } from "./silence-once.js";
import { tellStatus } from "./status.js";

const HELP = [
  "status: the servers, and what is open",
  "ack 12: you look after alert 12",
  'silence integration="VirusTotal" for 2h A new key is on its way: hides what fits all labels (=, !=, =~, !~), for a time',
  "why 34: why error 34 was told or was not; why alert 12: the same by an alert",
  "help: this list",
] as const;

/** Does what somebody typed in a chat, or says what to type instead. */
export function performChatCommand(deps: AnswerDeps, text: string, person: Person): Promise<Answer> | Answer {
  const command = parseChatCommand(text);
  switch (command.kind) {
    case "status":
      return tellStatus(deps);
    case "ack":
      return acknowledge(deps, command.alert, person);
    case "silence":
      return silence(deps, command, person);
    case "why":
      return explain(deps, command);
    case "help":
      return answer(...HELP);
    case "wrong":
      return answer(command.problem);
    default:
      throw new Error(`Unknown command: ${JSON.stringify(command satisfies never)}`);
  }
}

async function acknowledge(deps: AnswerDeps, alert: string, person: Person): Promise<Answer> {
  const request = { alert, author: person.name, note: "", untilAt: null, origin: person.origin };
  const result = await acknowledgeAlert(deps, request);
  if (result.kind === "refused") return answer(result.because);
  const found = await findAlert(deps.db, alert);
  return answer(takenWords(alert, found === null ? null : subjectWords(found)));
}

async function silence(
  deps: AnswerDeps,
  { matchers, lastsMs, reason }: Extract<ChatCommand, { kind: "silence" }>,
  person: Person,
): Promise<Answer> {
  const startsAt = deps.clock();
  const wanted: NewSilence = {
    matchers,
    startsAt,
    endsAt: new Date(startsAt.getTime() + lastsMs),
    author: person.name,
    reason: reason.trim() === "" ? `Silenced from a chat, for ${formatDuration(lastsMs)}` : reason,
    endsWhen: { unmatchedPolls: null, countDoubles: false, httpStatusChanges: false, textChanges: false },
  };
  return answer(...silencedWords(await addSilenceOnce(deps, wanted, person.origin)));
}

async function explain(deps: AnswerDeps, { about, id }: Extract<ChatCommand, { kind: "why" }>): Promise<Answer> {
  if (about === "alert") {
    const alert = await findAlert(deps.db, id);
    return alert === null ? answer(unknownWords("alert", id)) : explainAlerts(deps, [alert]);
  }
  const [first, ...rest] = await explained(deps, id);
  return first === undefined
    ? answer(unknownWords("error", id))
    : { sentences: [first, ...rest], link: deps.links.error(id) };
}
