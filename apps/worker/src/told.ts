/** What is told of a failure outside the log: Postgres keeps it and whoever may see the run reads it. */
import type { Failure } from "@levain/contracts";
import { redactText } from "@levain/runtime";

/** The words of a fault that nobody translated may hold anything; they stay in the log, which knows what to leave out. */
export const toldOf = (failure: Failure): string => (failure.code === "unexpected" ? "a fault that nobody foresaw; the log has it" : redactText(failure.message));
