/** A process's own numbers, as Prometheus would read them. */
import type { Producer, Worker } from "./fleet.js";

/** The sum over a metric's labels; 0 for one that has not been counted yet. */
export async function metricOf(process: Worker | Producer, name: string): Promise<number> {
  const text = await (await fetch(`${process.url}/metrics`)).text();
  return text
    .split("\n")
    .filter((line) => new RegExp(`^${name}(\\{.*\\})? `).test(line))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}
