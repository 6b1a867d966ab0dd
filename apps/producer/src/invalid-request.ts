/** Requests are parsed with zod; what does not fit is told field by field, with what was expected and what came. */
import type { Problem } from "@levain/contracts";
import type { FastifySchemaCompiler } from "fastify";
import type { z } from "zod";
import { whereUnstorable } from "./storable.js";

type FieldError = NonNullable<Problem["errors"]>[number];

/** A part of a request that its schema refuses. */
export class InvalidRequest extends Error {
  override readonly name = "InvalidRequest";
  readonly errors: readonly FieldError[];

  constructor(errors: readonly FieldError[]) {
    super("the request does not fit its schema");
    this.errors = errors;
  }
}

export const validateWithZod: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart = "body" }) => (data: unknown) => {
  const result = schema.safeParse(data);
  const part = PARTS[httpPart] ?? httpPart;
  if (result.success) {
    const unstorable = whereUnstorable(result.data, part);
    if (unstorable === null) return { value: result.data };
    return { error: new InvalidRequest([{ path: unstorable, expected: "text of whole characters and no NUL" }]) };
  }
  return { error: new InvalidRequest(result.error.issues.flatMap((issue) => fieldErrors(issue, part, data))) };
};

const PARTS: Readonly<Record<string, string>> = { params: "path", querystring: "query", headers: "header" };

/** Received values are shown up to so many characters. */
const SHOWN_CHARACTERS_MAX = 80;

function fieldErrors(issue: z.core.$ZodIssue, part: string, data: unknown): FieldError[] {
  if (issue.code === "unrecognized_keys") {
    const group = valueAt(data, issue.path);
    return issue.keys.map((key) => ({ path: pathOf(part, [...issue.path, key]), expected: "no such field", received: inWords(valueAt(group, [key])) }));
  }
  return [{ path: pathOf(part, issue.path), expected: expectedOf(issue), received: inWords(valueAt(data, issue.path)) }];
}

/** `body.productIds[3]` */
const pathOf = (part: string, path: readonly PropertyKey[]): string =>
  path.reduce<string>((above, key) => (typeof key === "number" ? `${above}[${key}]` : `${above}.${String(key)}`), part);

/** What zod says that it expected, without what it says that it received. */
const expectedOf = (issue: z.core.$ZodIssue): string =>
  issue.message
    .replace(/^(Invalid input|Invalid option|Invalid string|Invalid element|Invalid key|Too small|Too big|Invalid number): /, "")
    .replace(/^(expected|must) /, "")
    .replace(/^Invalid /, "a valid ")
    .replace(/, received .*$/, "");

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((above, key) => (typeof above === "object" && above !== null ? Reflect.get(above, key) : undefined), data);
}

function inWords(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = textOf(value);
  return text.length <= SHOWN_CHARACTERS_MAX ? text : `${text.slice(0, SHOWN_CHARACTERS_MAX)}…`;
}

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // Nested deeper than the stack.
    return Array.isArray(value) ? "[[…" : "{…";
  }
}
