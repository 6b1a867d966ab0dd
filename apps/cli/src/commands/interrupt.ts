/** Aborted by Ctrl-C or SIGTERM; a second Ctrl-C ends the process at once. */
export function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return controller.signal;
}
