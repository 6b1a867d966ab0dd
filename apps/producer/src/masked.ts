/** What is shown of jobs, without the secrets that a text of theirs may hold: such as the reason of a failure. */
import { redactText } from "@levain/runtime";

/** A copy of JSON data, each text redacted. What is no plain data stays as it is. */
export function masked(value: unknown): unknown {
  if (typeof value === "string") return redactText(value);
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== "object" || value === null || !isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, masked(part)]));
}

const isPlain = (value: object): boolean => Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null;
