/**
 * What a fault test measured: told on the terminal and, where `LEVAIN_FIGURES` names a file, appended to it as one line
 * of JSON, from which the table in docs/guarantees.md is filled.
 */
import { appendFile } from "node:fs/promises";

export type Figures = Readonly<Record<string, number | string>>;

export async function record(promise: string, figures: Figures): Promise<void> {
  say(`${promise} · ${Object.entries(figures).map(([name, value]) => `${name} ${value}`).join(", ")}`);
  const file = process.env["LEVAIN_FIGURES"];
  if (file) await appendFile(file, `${JSON.stringify({ promise, at: new Date().toISOString(), ...figures })}\n`);
}

export function say(line: string): void {
  process.stdout.write(`    ${line}\n`);
}

/** Seconds with one decimal, for people. */
export const seconds = (ms: number): number => Math.round(ms / 100) / 10;
