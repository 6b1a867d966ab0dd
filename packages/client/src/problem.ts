import { Problem } from "@levain/contracts";

/** Fields that the message tells one by one; `problem` has all of them. */
const FIELDS_SHOWN_MAX = 10;

/** Every answer other than 2xx. What the service says of it is `problem`; of a body that is none, the status is what is known. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super([problem.detail ? `${problem.title}: ${problem.detail}` : problem.title, ...fieldsInWords(problem.errors ?? [])].join("\n"));
    this.problem = problem;
  }
}

function fieldsInWords(errors: NonNullable<Problem["errors"]>): string[] {
  const shown = errors.slice(0, FIELDS_SHOWN_MAX).map(({ path, expected, received }) => `  ${path}: expected ${expected}${received === undefined ? "" : `, got ${received}`}`);
  return errors.length > FIELDS_SHOWN_MAX ? [...shown, `  … and ${errors.length - FIELDS_SHOWN_MAX} more`] : shown;
}

/** @param body as it came: the parsed JSON, or anything else that a proxy in between may have said */
export function problemOf(body: unknown, { status, statusText }: Response): ApiProblem {
  const problem = Problem.safeParse(body);
  return new ApiProblem(problem.success ? problem.data : { type: "about:blank", title: statusText || `Status ${status}`, status });
}
