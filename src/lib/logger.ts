import { type DestinationStream, type Logger as PinoLogger, pino } from "pino";
import pretty from "pino-pretty";

export type Logger = Pick<PinoLogger, "trace" | "debug" | "info" | "warn" | "error" | "fatal">;

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_FORMATS = ["pretty", "json"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** A logger that writes to stderr, or to `destination`: standard output belongs to what a command was asked for. */
export function createLogger(
  settings: { level: LogLevel; format: LogFormat },
  destination: DestinationStream | 2 = 2,
): PinoLogger {
  const stream =
    settings.format === "pretty"
      ? pretty({ destination, sync: true, ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss", singleLine: true })
      : destination === 2
        ? pino.destination({ fd: 2, sync: true })
        : destination;
  return pino({ level: settings.level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);
}
