/**
 * The life of a process: starting → running → stopping → ended.
 *
 * SIGTERM or SIGINT begins the stop, in whatever state; what was opened last is closed first, all under one deadline.
 * A fault nobody caught ends the process at once: its work is taken over by others, and a half-broken process helps no
 * one. Exit codes: 0 stopped as asked, 1 a fault or a stop that took too long, 2 wrong settings.
 */
import { ConfigError } from "./config.js";
import { createLogger, type Logger } from "./logger.js";

export type Lifecycle = {
  /** Called at the stop; in reverse order of registration, one at a time. */
  onStop(what: string, stop: () => Promise<void> | void): void;
  /** Begins the stop, as a signal would. */
  stop(reason: string): void;
  /** Aborted when the stop begins. */
  readonly stopping: AbortSignal;
  /** The logger that also tells of the start, the stop and uncaught faults, once the settings are read. */
  useLogger(log: Logger): void;
};

export type RunOptions = {
  /** Milliseconds from the signal to the end; an orchestrator should wait a little longer before it kills. */
  readonly stopWithinMs?: number;
  /** Faults of a start that their message explains, told without a stack. Wrong settings, taken ports and unreachable servers always are. */
  readonly isExpected?: (error: unknown) => boolean;
  readonly host?: ProcessHost;
};

/** The part of `process` that is used: a test plays it. */
export type ProcessHost = {
  on(event: string, listener: (value: unknown) => void): unknown;
  exit(code: number): void;
  readonly stdout: { on(event: "error", listener: (error: Error) => void): unknown };
};

const STOP_WITHIN_MS = 30_000;

/** Runs a process until a signal ends it. Resolves when it has ended. */
export function runProcess(name: string, start: (lifecycle: Lifecycle) => Promise<void>, options: RunOptions = {}): Promise<void> {
  const { stopWithinMs = STOP_WITHIN_MS, isExpected = () => false, host = process as ProcessHost } = options;
  const steps: { what: string; stop: () => Promise<void> | void }[] = [];
  const stopping = new AbortController();
  let log = createLogger({ process: name });
  let exitCode = 0;

  return new Promise<void>((ended) => {
    const end = (code: number): void => {
      ended();
      host.exit(code);
    };

    const begin = async (reason: string): Promise<void> => {
      if (stopping.signal.aborted) return;
      log.info("process stops", { reason });
      stopping.abort(new Error(reason));
      let current = "nothing";
      const deadline = setTimeout(() => {
        log.error("process did not stop in time", { waitingFor: current, stopWithinMs });
        end(1);
      }, stopWithinMs);
      // A start under way may still register what it opens: the list is read until it is empty.
      for (let step = steps.pop(); step; step = steps.pop()) {
        current = step.what;
        try {
          await step.stop();
        } catch (error) {
          exitCode = 1;
          log.error("could not stop cleanly", { what: step.what, error });
        }
      }
      clearTimeout(deadline);
      log.info("process stopped", { exitCode });
      end(exitCode);
    };

    const crash = (sentence: string) => (error: unknown): void => {
      log.error(sentence, { error });
      end(1);
    };

    let interrupts = 0;
    host.on("SIGTERM", () => void begin("SIGTERM"));
    host.on("SIGINT", () => {
      interrupts += 1;
      // A person who presses Ctrl-C again does not want to wait.
      if (interrupts > 1) end(130);
      else void begin("SIGINT");
    });
    // A parent that started us with a channel and is gone cannot tell us to stop any more.
    host.on("disconnect", () => void begin("parent is gone"));
    host.on("uncaughtException", crash("uncaught exception"));
    host.on("unhandledRejection", crash("unhandled rejection"));
    // Whoever read our lines is gone; to log that would only fail again.
    host.stdout.on("error", () => end(1));

    const lifecycle: Lifecycle = {
      onStop: (what, stop) => void steps.push({ what, stop }),
      stop: (reason) => void begin(reason),
      stopping: stopping.signal,
      useLogger: (better) => void (log = better),
    };
    Promise.resolve()
      .then(() => start(lifecycle))
      .then(() => {
        if (!stopping.signal.aborted) log.info("process started");
      })
      .catch((error: unknown) => {
        if (stopping.signal.aborted) return;
        exitCode = error instanceof ConfigError ? 2 : 1;
        if (error instanceof ConfigError) log.error("settings are wrong", { problems: error.problems });
        else if (isSystemFault(error) || isExpected(error)) log.error("process could not start", { reason: String(error) });
        else log.error("process could not start", { error });
        void begin("could not start");
      });
  });
}

/** What the operating system says about addresses and servers, in words that need no stack. */
const SYSTEM_FAULTS: ReadonlySet<unknown> = new Set(["EADDRINUSE", "EADDRNOTAVAIL", "EACCES", "ECONNREFUSED", "ENOTFOUND", "ETIMEDOUT"]);

const isSystemFault = (error: unknown): boolean => error instanceof Error && "code" in error && SYSTEM_FAULTS.has(error.code);
