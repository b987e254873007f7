import { randomBytes } from "node:crypto";
import { Command } from "commander";
import * as z from "zod";
import { createApiToken, endApiToken } from "../app/api-token.js";
import { TOKEN_BYTES, TOKEN_ROLES, tokenNameProblem, tokenStateOf } from "../domain/api-token.js";
import { systemClock } from "../lib/clock.js";
import { type ApiTokenRow, findApiTokens } from "../store/api-tokens.js";
import { type Times, timesAt, widthOfOutput } from "./listing.js";
import { numberOption, parseOptions, ROWS_DEFAULT, ROWS_MAX, textOption } from "./listing-options.js";
import { durationOption, optionProblems, refuseOptions } from "./option-problems.js";
import { NOBODY, personOf } from "./person.js";
import { jsonArray, jsonObject } from "./printable-json.js";
import { commonOptions, lookAt, withCommon } from "./silence-command.js";
import { type Column, tableLines } from "./table.js";
import { CommandFailure, type ExitCode, type Terminal } from "./terminal.js";

type Finish = (code: ExitCode) => void;

/** `token create|list|revoke`: who may use the API and the page, and for what. */
export function tokenCommand(terminal: Terminal, finish: Finish): Command {
  return new Command("token")
    .description("make, list and revoke tokens for the API and the page")
    .addCommand(createCommand(terminal, finish))
    .addCommand(listCommand(terminal, finish))
    .addCommand(revokeCommand(terminal, finish));
}

function createCommand(terminal: Terminal, finish: Finish): Command {
  const command = new Command("create")
    .description("make a token and print it, this once: only its digest is kept")
    .argument("<name>", "what it is for, such as grafana; it stands beside what is done with it")
    .requiredOption("--role <role>", `what it allows: ${TOKEN_ROLES.join(", ")}, each more than the one before`)
    .option("--expires <duration>", "how long it counts, such as 90d (default: until it is revoked)")
    .option("--author <name>", "who does this (default: the user of this system)");
  return withCommon(command, ["token create grafana --role viewer --expires 90d"]).action(
    async (name: string, given: unknown) => {
      const { data, error } = createOptions.safeParse(given);
      const author = data === undefined ? null : personOf(data.author);
      const nameProblem = tokenNameProblem(name);
      const nobody = data !== undefined && author === null ? [NOBODY] : [];
      const problems = [
        ...(nameProblem === null ? [] : [`${JSON.stringify(name)} ${nameProblem}`]),
        ...optionProblems(error),
        ...nobody,
      ];
      if (data === undefined || author === null || problems.length > 0) return refuseOptions(problems);
      const { role, expires: expiresInMs } = data;
      const created = await lookAt(
        terminal,
        data.demo,
      )((db) =>
        createApiToken({ db, clock: systemClock }, { name, role, expiresInMs, author }, randomBytes(TOKEN_BYTES)),
      );
      if (created.kind === "refused") throw new CommandFailure(created.because);
      const { id, text: token, expiresAt } = created;
      terminal.print(data.json ? jsonObject({ id: String(id), name, role, expiresAt, token }) : `${token}\n`);
      terminal.say(`This is the ${role} token ${name}. Keep it now: it cannot be shown again.\n`);
      finish(0);
    },
  );
}

function listCommand(terminal: Terminal, finish: Finish): Command {
  const command = new Command("list")
    .description("list the tokens, the newest first, without what they are")
    .option("--limit <number>", `how many, from 1 to ${ROWS_MAX} (default: ${ROWS_DEFAULT})`);
  return withCommon(command, ["token list"]).action(async (given: unknown) => {
    const { limit, json, demo } = parseOptions(listOptions, given);
    const found = await lookAt(terminal, demo)((db) => findApiTokens(db, limit + 1));
    const rows = found.slice(0, limit);
    const now = systemClock();
    if (json) terminal.print(jsonArray(rows.map((row) => ({ ...row, state: tokenStateOf(row, now) }))));
    else if (rows.length > 0) {
      terminal.print(`${tableLines(columnsOf(timesAt(now), now), rows, widthOfOutput(terminal)).join("\n")}\n`);
    }
    if (rows.length === 0) terminal.say("There is no token yet. API_TOKEN, where it is set, is not listed.\n");
    if (found.length > limit) terminal.say(`Shown: ${limit} of more. Use --limit.\n`);
    finish(0);
  });
}

function revokeCommand(terminal: Terminal, finish: Finish): Command {
  const command = new Command("revoke")
    .description("end a token at once, and the sessions of browsers that it began")
    .argument("<name-or-id>", "its name, or its id as the list shows it")
    .option("--author <name>", "who does this (default: the user of this system)");
  return withCommon(command, ["token revoke grafana"]).action(async (nameOrId: string, given: unknown) => {
    const { data, error } = revokeOptions.safeParse(given);
    const author = data === undefined ? null : personOf(data.author);
    const nobody = data !== undefined && author === null ? [NOBODY] : [];
    const problems = [...optionProblems(error), ...nobody];
    if (data === undefined || author === null || problems.length > 0) return refuseOptions(problems);
    const asked = { nameOrId, author };
    const revoked = await lookAt(terminal, data.demo)((db) => endApiToken({ db, clock: systemClock }, asked));
    if (revoked === null) {
      throw new CommandFailure(
        `There is no token ${JSON.stringify(nameOrId)} that could be revoked: see "token list".`,
      );
    }
    const { id, name } = revoked;
    terminal.print(data.json ? jsonObject({ id: String(id), name }) : `The token ${name} is revoked.\n`);
    finish(0);
  });
}

const EXPIRES_MS_MAX = 3660 * 86_400_000;

const createOptions = commonOptions.extend({
  role: z.enum(TOKEN_ROLES, { error: `must be one of ${TOKEN_ROLES.join(", ")}` }),
  expires: durationOption(EXPIRES_MS_MAX),
  author: textOption,
});
const listOptions = commonOptions.extend({ limit: numberOption(1, ROWS_MAX).default(ROWS_DEFAULT) });
const revokeOptions = commonOptions.extend({ author: textOption });

function columnsOf(times: Times, now: Date): readonly Column<ApiTokenRow>[] {
  const timeOr = (at: Date | null, orElse: string) => (at === null ? orElse : times.local(at));
  return [
    { heading: "ID", textOf: (row) => row.id, align: "right", spare: 2 },
    { heading: "NAME", textOf: (row) => row.name, flexibleMin: 12 },
    { heading: "ROLE", textOf: (row) => row.role },
    { heading: "STATE", textOf: (row) => tokenStateOf(row, now) },
    { heading: "EXPIRES AT", textOf: (row) => timeOr(row.expiresAt, "never"), spare: 1 },
    { heading: "LAST USED AT", textOf: (row) => timeOr(row.lastUsedAt, "never"), spare: 3 },
    { heading: "CREATED BY", textOf: (row) => row.createdBy, widthMax: 30, spare: 4 },
    { heading: "CREATED AT", textOf: (row) => times.local(row.createdAt), spare: 5 },
  ];
}
