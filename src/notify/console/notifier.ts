import type { Verdict } from "../../domain/delivery.js";
import type { Notifier } from "../notifier.js";
import type { ConsoleConfig } from "./config.js";
import type { ConsoleStyle } from "./lines.js";
import { consoleMessage } from "./message.js";

export type ConsoleDeps = ConsoleStyle & {
  /** Writes to the terminal, or to wherever standard output leads; a rejection makes the try fail. */
  write: (text: string) => Promise<void> | void;
};

/** Writes notifications for people to read. What was written was delivered: nobody can ask a terminal. */
export function createConsoleNotifier(_config: ConsoleConfig, deps: ConsoleDeps): Notifier {
  return {
    terms: { pace: { key: "console", everyMs: 0 }, storm: null, hearsAcknowledgements: false },
    async deliver(notification): Promise<Verdict> {
      const text = consoleMessage(notification, deps);
      try {
        await deps.write(text);
      } catch {
        const detail = "Standard output cannot be written to";
        return { kind: "failed", reason: "unavailable", retryable: true, retryAfterMs: null, detail };
      }
      return { kind: "delivered", providerMessageId: null };
    },
    check: async () => null,
    close: async () => undefined,
  };
}
