/** What a command may use of the process it runs in. Built once, where the process starts. */
export type Terminal = {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** Standard output: what the command was asked for, and nothing else. */
  print: (text: string) => void;
  /** Standard error: everything that is said besides. */
  say: (text: string) => void;
  /** Whether standard output, and standard error, lead to a person. */
  isOutputTerminal: boolean;
  isErrorTerminal: boolean;
  /** How wide the person's terminal is; 80 where nobody knows. */
  columns: number;
};

/** 0 fine, 1 it failed, 2 the arguments or the configuration are wrong, 3 a check found a problem. */
export type ExitCode = 0 | 1 | 2 | 3;

/** Ends a command with a message for people; the message is all they see. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = 1, cause?: unknown) {
    super(message, { cause });
    this.name = "CommandFailure";
    this.exitCode = exitCode;
  }
}
