import { createLogger, type Logger } from "../../src/lib/logger.js";

export type LogLine = { level: number; msg: string; [field: string]: unknown };

/** A log that keeps its lines, of every level, for a test to look at. */
export function createRecordingLog(): { log: Logger; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const log = createLogger({ level: "trace", format: "json" }, { write: (line) => void lines.push(JSON.parse(line)) });
  return { log, lines };
}
