import { Problem } from "@levain/contracts";

/** Every answer other than 2xx. What the service says of it is `problem`; of a body that is none, the status is what is known. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly problem: Problem;

  constructor(problem: Problem) {
    const errors = (problem.errors ?? []).map((error) => `\n  ${error.path}: expected ${error.expected}${error.received === undefined ? "" : `, got ${error.received}`}`);
    super(`${problem.title}${problem.detail ? `: ${problem.detail}` : ""}${errors.join("")}`);
    this.problem = problem;
  }
}

/** @param body as it came: the parsed JSON, or anything else that a proxy in between may have said */
export function problemOf(body: unknown, { status, statusText }: Response): ApiProblem {
  const problem = Problem.safeParse(body);
  return new ApiProblem(problem.success ? problem.data : { type: "about:blank", title: statusText || `Status ${status}`, status });
}
