/** Configuration is a value read once: every problem is told together, and nothing else touches the environment. */
import type { z } from "zod";

/** The environment does not describe a process that can run. The message lists every problem; it never holds a value. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`${problems.length === 1 ? "One setting is" : `${problems.length} settings are`} wrong:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

/** The settings that the schema describes. An empty variable counts as absent. @throws ConfigError with all problems at once */
export function readConfig<S extends z.ZodType>(schema: S, env: NodeJS.ProcessEnv = process.env): z.output<S> {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ""));
  const result = schema.safeParse(present);
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.map((issue) => inWords(issue, present)));
}

function inWords(issue: z.core.$ZodIssue, present: Readonly<Record<string, unknown>>): string {
  const name = issue.path.join(".") || "environment";
  const variable = issue.path[0];
  const isAbsent = variable !== undefined && !(String(variable) in present);
  return isAbsent ? `${name}: is not set (${expected(issue)})` : `${name}: ${issue.message}`;
}

/** What belongs there, where zod's sentence would end in "received undefined". */
const expected = (issue: z.core.$ZodIssue): string => issue.message.replace(/^Invalid input: /, "").replace(/, received (undefined|NaN)$/, "");
