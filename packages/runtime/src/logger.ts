/** Logs: one JSON line per event on standard output, a constant sentence with fields, and never a secret. */
import type { Writable } from "node:stream";
import { createLogger as createWinston, format, type Logger as Winston, transports } from "winston";
import { redact } from "./redact.js";

export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type Fields = Readonly<Record<string, unknown>>;

/** A level per reader: error when a person must act, warn per retry, info once per job, debug for whoever looks for a fault. */
export type Logger = { readonly [level in LogLevel]: (sentence: string, fields?: Fields) => void } & {
  /** A logger whose lines all carry these fields. */
  child(fields: Fields): Logger;
};

export type LoggerOptions = {
  /** Names the process on every line. */
  readonly process: string;
  readonly level?: LogLevel;
  /** Where the lines go; standard output unless a test listens. */
  readonly output?: Writable;
};

export function createLogger({ process: name, level = "info", output = process.stdout }: LoggerOptions): Logger {
  const winston = createWinston({
    level,
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    format: format.printf((info) => String(info["line"])),
    transports: [new transports.Stream({ stream: output, eol: "\n" })],
  });
  return withFields(winston, { process: name });
}

/** The line is made before winston sees it, so that no field of ours can collide with one of its own. */
function withFields(winston: Winston, fields: Fields): Logger {
  const write = (level: LogLevel) => (sentence: string, more: Fields = {}) => {
    if (!winston.isLevelEnabled(level)) return;
    const { at, level: told, message, ...rest } = redact({ ...fields, ...more, at: new Date(), level, message: sentence }) as Fields;
    winston.log({ level, message: "", line: JSON.stringify({ at, level: told, message, ...rest }) });
  };
  return {
    error: write("error"),
    warn: write("warn"),
    info: write("info"),
    debug: write("debug"),
    child: (more) => withFields(winston, { ...fields, ...more }),
  };
}
