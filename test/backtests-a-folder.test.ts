/** `levain backtest` as a data scientist runs it: the built program, a folder of files, and the rows it leaves. */
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { addDays } from "@levain/calendar";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const workspace = mkdtempSync(join(tmpdir(), "levain-backtest-"));
afterAll(() => rmSync(workspace, { recursive: true, force: true }));

type Row = { productId: string; cutoff: string; date: string; actual: number; q10: number; q50: number; q90: number; model: string };

const levain = (...args: string[]) => spawnSync(process.execPath, [join(root, "apps/cli/dist/main.js"), ...args], { cwd: workspace, encoding: "utf8" });

const backtest = (folder: string, ...options: string[]): { text: string; rows: Row[]; stdout: string; stderr: string; status: number | null } => {
  const out = join(workspace, "rows.jsonl");
  rmSync(out, { force: true });
  const { stdout, stderr, status } = levain("backtest", folder, "--out", out, ...options);
  const text = existsSync(out) ? readFileSync(out, "utf8") : "";
  return { text, rows: text.split("\n").filter(Boolean).map((line) => JSON.parse(line) as Row), stdout, stderr, status };
};

const FIRST_DAY = "2025-01-01";
const DAYS = 299;
const LAST_DAY = addDays(FIRST_DAY, DAYS - 1);
const LAST_CUTOFF = addDays(LAST_DAY, -14);
const CLOSED_WEEKDAY = 1;

/** A bakery with a weekly rhythm, closed on Mondays, whose second product is new; `surprise` changes what came after the last cutoff. */
function writeBakery(name: string, surprise = 1): string {
  const folder = mkdtempSync(join(workspace, `${name}-`));
  const settings = { id: name, name, timeZone: "Europe/Berlin", country: "DE", unit: "pieces", missingDay: "zero-unless-shop-closed" };
  writeFileSync(join(folder, "tenant.json"), JSON.stringify(settings));
  const sales = ["product_id,product_name,date,quantity"];
  const weather = ["date,temperature_c,precipitation_mm,wind_speed_kmh,cloud_cover"];
  for (let index = 0; index < DAYS; index += 1) {
    const date = addDays(FIRST_DAY, index);
    const weekday = new Date(date).getUTCDay();
    const factor = date > LAST_CUTOFF ? surprise : 1;
    // Quantities wobble by a fixed pattern that no weekday explains.
    const wobble = ((index * 37) % 11) - 5;
    weather.push(`${date},${(10 + 8 * Math.sin(index / 50) + wobble * factor).toFixed(1)},${Math.max(0, wobble)},12,50`);
    if (weekday === CLOSED_WEEKDAY) continue;
    sales.push(`bun,Bun,${date},${Math.round((40 + 20 * Number(weekday === 6) + wobble) * factor)}`);
    if (index >= DAYS - 90 && index % 3 !== 0) sales.push(`cake,"Cake, with cream",${date},${(4 + (wobble % 3)) * factor}`);
  }
  writeFileSync(join(folder, "sales.csv"), `${sales.join("\n")}\n`);
  writeFileSync(join(folder, "weather.csv"), `${weather.join("\n")}\n`);
  return folder;
}

describe("a back-test of a folder", () => {
  const bakery = writeBakery("corner-bakery");
  let first: ReturnType<typeof backtest>;
  beforeAll(() => {
    first = backtest(bakery, "--cutoffs", "3", "--threads", "2");
  });

  test("writes one row for each product, cutoff and open day ahead", () => {
    expect(first.stderr).not.toContain("Error");
    expect(first.status).toBe(0);
    const cutoffs = [-28, -14, 0].map((days) => addDays(LAST_CUTOFF, days));
    const expected = cutoffs.flatMap((cutoff) => Array.from({ length: 14 }, (_, index) => `${cutoff} ${addDays(cutoff, index + 1)}`)).filter((key) => new Date(key.slice(-10)).getUTCDay() !== CLOSED_WEEKDAY);
    const keysOf = (productId: string): string[] => first.rows.filter((row) => row.productId === productId).map(({ cutoff, date }) => `${cutoff} ${date}`);
    expect(keysOf("bun")).toEqual(expected);
    // The cake is on sale for 90 days: long enough before the last two cutoffs only once 56 days have passed.
    expect(keysOf("cake")).toEqual(expected.filter((key) => key.startsWith(LAST_CUTOFF) || key.startsWith(addDays(LAST_CUTOFF, -14))));
  });

  test("gives finite quantiles in order, and names the model", () => {
    for (const { q10, q50, q90, model } of first.rows) {
      expect(0 <= q10 && q10 <= q50 && q50 <= q90 && Number.isFinite(q90)).toBe(true);
      expect(model).toMatch(/^[a-z-]+( \+ [a-z-]+)*$/);
    }
  });

  test("tells the summary beside the seasonal naive forecast and the weekday mean, and its progress", () => {
    expect(first.stdout).toMatch(/Levain .*%/);
    expect(first.stdout).toMatch(/seasonal naive .*%/);
    expect(first.stdout).toMatch(/weekday mean .*%/);
    expect(first.stderr).toContain("5/5 forecasts");
  });

  test("writes the same bytes with any number of threads", () => {
    expect(backtest(bakery, "--cutoffs", "3", "--threads", "1").text).toBe(first.text);
  });

  test("sees nothing of what came after a cutoff", () => {
    const forecastsOf = (rows: readonly Row[]) => rows.filter(({ cutoff }) => cutoff === LAST_CUTOFF).map((row) => ({ ...row, actual: null }));
    const surprised = backtest(writeBakery("corner-bakery", 9), "--cutoffs", "1");
    expect(surprised.rows.length).toBeGreaterThan(0);
    expect(forecastsOf(surprised.rows)).toEqual(forecastsOf(first.rows));
  });

  test("is of the products that were asked for", () => {
    const { rows } = backtest(bakery, "--cutoffs", "1", "--products", "cake");
    expect(new Set(rows.map(({ productId }) => productId))).toEqual(new Set(["cake"]));
  });
});

describe("a back-test with a product that fails", () => {
  test("forecasts the others, names it and tells of failure", () => {
    const folder = writeBakery("half-read");
    appendFileSync(join(folder, "sales.csv"), Array.from({ length: DAYS }, (_, index) => `tart,Tart,${addDays(FIRST_DAY, index)},${index % 3 === 0 ? "some" : 5}\n`).join(""));
    const { rows, stdout, status } = backtest(folder, "--cutoffs", "1");
    expect(new Set(rows.map(({ productId }) => productId))).toEqual(new Set(["bun", "cake"]));
    expect(stdout).toMatch(/Failed: tart from \d{4}-\d\d-\d\d: sales: expected at most 5 % unreadable rows, got/);
    expect(status).toBe(1);
  });
});

describe("a back-test that cannot be", () => {
  test.each([
    ["a folder that is none", [join(workspace, "nowhere")], /tenant folder/],
    ["a product that is not there", [writeBakery("other"), "--products", "bagel"], /no product bagel.*bun/s],
    ["a horizon beyond four weeks", [workspace, "--horizon", "29"], /whole number from 1 to 28/],
    [
      "more history than there is",
      [writeBakery("another"), "--step", "365", "--cutoffs", "1", "--horizon", "28", "--products", "cake", "--out", join(workspace, "no", "such", "folder")],
      /nothing to back-test|no such file/,
    ],
  ])("says so in words: %s", (_what, args, words) => {
    const { status, stderr } = levain("backtest", ...args);
    expect(status).toBe(1);
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

const realData = process.env["LEVAIN_DATA_DIR"] ?? join(root, "../shared/data");

describe.skipIf(!existsSync(join(realData, "yaz_restaurant")))("on real sales", () => {
  test("forecasts better than the seasonal naive forecast", () => {
    const { stdout, status } = backtest(join(realData, "yaz_restaurant"), "--cutoffs", "2");
    const wapeOf = (name: string): number => Number(new RegExp(`${name}\\D+([\\d.]+) %`).exec(stdout)?.[1]);
    expect(status).toBe(0);
    expect(wapeOf("Levain")).toBeLessThan(wapeOf("seasonal naive"));
  });
});
