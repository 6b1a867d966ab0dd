/** Tables for people and for `bench/RESULTS.md`, and the verdict of `--check`. */
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { createRequire } from "node:module";
import { root } from "../apps/cli/bin/prepare.mjs";

const require = createRequire(import.meta.url);
const RESULTS = `${root}/bench/RESULTS.md`;

/** One line: what ran where, when and with which peers. */
export function machineLine() {
  const peers = Object.entries(require("../package.json").devDependencies).filter(([name]) => name.startsWith("@bsull/"));
  const parts = [`${cpus()[0].model}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`, `Node ${process.versions.node}`];
  return [...parts, ...peers.map(([name, version]) => `${name} ${version}`), new Date().toISOString().slice(0, 10)].join(" · ");
}

/** A Markdown table whose source is readable too. The first column is text, the others are numbers. */
export function tableOf(head, rows) {
  const cells = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [line(cells[0]), rule, ...cells.slice(1).map(line)].join("\n");
}

/** Replaces one benchmark's part of `bench/RESULTS.md`, between its two marks, and leaves the others as they are. */
export function saveSection(name, markdown) {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const text = readFileSync(RESULTS, "utf8");
  const [before, after] = [text.split(open)[0], text.split(close)[1]];
  if (after === undefined) throw new Error(`expected ${open} … ${close} in ${RESULTS}`);
  writeFileSync(RESULTS, `${before}${open}\n${markdown}\n${close}${after}`);
}

/** Figures with their bars: says which are missed, and with `isBinding` ends the process with exit code 1. */
export function verdict(bars, isBinding) {
  const missed = bars.filter(({ value, atMost }) => !(value <= atMost));
  for (const { name, value, atMost } of missed) console.error(`missed: ${name} is ${value.toPrecision(3)}, expected at most ${atMost}`);
  if (missed.length === 0) console.log(`all ${bars.length} bars reached`);
  else if (isBinding) process.exitCode = 1;
}
