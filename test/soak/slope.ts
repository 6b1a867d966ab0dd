/** How numbers of a process and its servers grow over time. */
import { readFile } from "node:fs/promises";

export type Sample = { readonly atMs: number; readonly value: number };

const HOUR_MS = 3_600_000;

/** Units per hour: the slope of the least-squares line. NaN for fewer than two samples. */
export function slopePerHour(samples: readonly Sample[]): number {
  const count = samples.length;
  const meanAt = samples.reduce((sum, { atMs }) => sum + atMs, 0) / count;
  const mean = samples.reduce((sum, { value }) => sum + value, 0) / count;
  const spread = samples.reduce((sum, { atMs }) => sum + (atMs - meanAt) ** 2, 0);
  return (HOUR_MS * samples.reduce((sum, { atMs, value }) => sum + (atMs - meanAt) * (value - mean), 0)) / spread;
}

/** The later half: what a process takes for its start is no growth. */
export const settled = (samples: readonly Sample[]): readonly Sample[] => samples.slice(Math.floor(samples.length / 2));

/** Megabytes of memory that a process holds. */
export async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
}
