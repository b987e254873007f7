import { Command } from "commander";
import { resubscribeAll } from "../app/subscription.js";
import { MAIL_LIST_WORDS, mailboxOf } from "../domain/subscription.js";
import { systemClock } from "../lib/clock.js";
import { findUnsubscribed, type UnsubscribedRow } from "../store/unsubscriptions.js";
import { type Times, timesAt, widthOfOutput } from "./listing.js";
import { numberOption, parseOptions, ROWS_DEFAULT, ROWS_MAX, textOption } from "./listing-options.js";
import { optionProblems, refuseOptions } from "./option-problems.js";
import { NOBODY, personOf } from "./person.js";
import { jsonArray, jsonObject } from "./printable-json.js";
import { commonOptions, lookAt, withCommon } from "./silence-command.js";
import { type Column, tableLines } from "./table.js";
import { CommandFailure, type ExitCode, type Terminal } from "./terminal.js";

type Finish = (code: ExitCode) => void;

/** `subscriptions list|restore`: which mailboxes want no more mails, and how to send them some again. */
export function subscriptionsCommand(terminal: Terminal, finish: Finish): Command {
  return new Command("subscriptions")
    .description("see which mailboxes have unsubscribed, and send them mails again")
    .addCommand(listCommand(terminal, finish))
    .addCommand(restoreCommand(terminal, finish));
}

function listCommand(terminal: Terminal, finish: Finish): Command {
  const command = new Command("list")
    .description("list the mailboxes that have unsubscribed, the latest first")
    .option("--limit <number>", `how many, from 1 to ${ROWS_MAX} (default: ${ROWS_DEFAULT})`);
  return withCommon(command, ["subscriptions list"]).action(async (given: unknown) => {
    const { limit, json, demo } = parseOptions(listOptions, given);
    const found = await lookAt(terminal, demo)((db) => findUnsubscribed(db, limit + 1));
    const rows = found.slice(0, limit);
    if (json) terminal.print(jsonArray(rows));
    else if (rows.length > 0) {
      terminal.print(`${tableLines(columnsOf(timesAt(systemClock())), rows, widthOfOutput(terminal)).join("\n")}\n`);
    }
    if (rows.length === 0) terminal.say("No mailbox has unsubscribed.\n");
    if (found.length > limit) terminal.say(`Shown: ${limit} of more. Use --limit.\n`);
    finish(0);
  });
}

function restoreCommand(terminal: Terminal, finish: Finish): Command {
  const command = new Command("restore")
    .description("send a mailbox again what it had unsubscribed from; only when its owner wants that")
    .argument("<address>", "the address, as the list shows it")
    .option("--author <name>", "who does this (default: the user of this system)");
  return withCommon(command, ["subscriptions restore ada@example.com"]).action(
    async (address: string, given: unknown) => {
      const { data, error } = restoreOptions.safeParse(given);
      const actor = data === undefined ? null : personOf(data.author);
      const nobody = data !== undefined && actor === null ? [NOBODY] : [];
      const problems = [...addressProblems(address), ...optionProblems(error), ...nobody];
      if (data === undefined || actor === null || problems.length > 0) return refuseOptions(problems);
      const mailbox = mailboxOf(address);
      const who = { actor, via: "command_line" } as const;
      const lists = await lookAt(terminal, data.demo)((db) => resubscribeAll({ db, clock: systemClock }, mailbox, who));
      if (lists.length === 0) throw new CommandFailure(`${mailbox} has not unsubscribed from anything.`);
      const words = new Intl.ListFormat("en").format(lists.map((list) => MAIL_LIST_WORDS[list]));
      terminal.print(data.json ? jsonObject({ mailbox, lists }) : `${mailbox} gets ${words} again.\n`);
      finish(0);
    },
  );
}

const listOptions = commonOptions.extend({ limit: numberOption(1, ROWS_MAX).default(ROWS_DEFAULT) });
const restoreOptions = commonOptions.extend({ author: textOption });

function addressProblems(address: string): string[] {
  return /^\S+@\S+$/.test(address) ? [] : [`${JSON.stringify(address)} is not an address, such as ada@example.com`];
}

function columnsOf(times: Times): readonly Column<UnsubscribedRow>[] {
  return [
    { heading: "MAILBOX", textOf: (row) => row.mailbox, flexibleMin: 16 },
    { heading: "LIST", textOf: (row) => row.list },
    { heading: "UNSUBSCRIBED AT", textOf: (row) => times.local(row.unsubscribedAt) },
    { heading: "AGE", textOf: (row) => times.age(row.unsubscribedAt), align: "right", spare: 1 },
  ];
}
