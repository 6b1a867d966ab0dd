import { createHash } from "node:crypto";
import type { Evidence, ModelCard } from "@levain/contracts";
import { describe, expect, test } from "vitest";
import { modelCard } from "./model-card.js";
import { CARD_CSP, cardPage } from "./page.js";

const day = (i: number): string => new Date(Date.UTC(2026, 3, 1 + i)).toISOString().slice(0, 10);
const bands = (i: number) => ({ day: day(i), low80: 10, low50: 14, median: 20, high50: 26, high80: 31 });

const EVIDENCE: Evidence = {
  recent: Array.from({ length: 30 }, (_, i) => ({ day: day(i), actual: 15 + (i % 7) })),
  folds: [
    { cutoff: day(1), days: Array.from({ length: 14 }, (_, i) => ({ ...bands(2 + i), actual: i === 3 ? 99 : 18 })) },
    { cutoff: day(15), days: Array.from({ length: 14 }, (_, i) => ({ ...bands(16 + i), actual: 0 })) },
  ],
  ahead: Array.from({ length: 14 }, (_, i) => bands(30 + i)),
  components: Array.from({ length: 14 }, (_, i) => ({
    day: day(30 + i),
    median: 20,
    parts: [{ kind: "level", name: "level", units: 17 }, ...Array.from({ length: 12 }, (_part, j) => ({ kind: "regressor", name: `driver_${j}`, units: j % 2 === 0 ? 0.5 : -0.25 }))],
  })),
};

const SCORE = { wape: 0.2, mase: 0.9, rmsse: null, bias: 0.01, pinball: 0.07, coverage80: 0.81, days: 28 };
const UUID = "0198c000-0000-4000-8000-000000000001";
const cardOf = (changed: Partial<Pick<ModelCard, "product" | "unit" | "evidence">> = {}): ModelCard =>
  modelCard({
    product: { id: "rye", name: "Rye bread" },
    unit: "loaves",
    evidence: EVIDENCE,
    model: {
      id: UUID,
      productId: "rye",
      runId: UUID,
      version: 3,
      isChampion: true,
      standing: "champion",
      decision: "first model of this product",
      heldFor: null,
      demandClass: "high",
      family: "additive",
      spec: { family: "additive" },
      schemaVersion: 1,
      sha256: "a".repeat(64),
      bytes: 1_000,
      cutoff: day(29),
      trainedAt: "2026-05-01T04:15:00.000Z",
      score: SCORE,
      naiveScore: SCORE,
      trials: 30,
      absentSources: ["traffic"],
      parentId: null,
      lineage: null,
      refusedReason: null,
    },
    ...changed,
  });

/** A tag: whether it closes, its name, its quoted attributes, whether it is empty. */
const TAG = /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<>]*")*)\s*(\/?)>/g;
const VOID = new Set(["meta"]);

/** What keeps the page from being well-formed: the first tag that does not close the one that is open, or an unquoted attribute. */
function faultOf(page: string): string | null {
  const open: string[] = [];
  const outside = page.replace(/^<!doctype html>\n/, "").replace(/<style>[^<]*<\/style>/, "");
  for (const [tag, end = "", name = "", attributes = "", selfClosed = ""] of outside.matchAll(TAG)) {
    if (end === "/") {
      if (open.pop() !== name) return `${tag} closes nothing`;
    } else if (selfClosed === "" && !VOID.has(name)) open.push(name);
    const names = [...attributes.matchAll(/\s([\w:-]+)="/g)].map(([, each]) => each);
    if (new Set(names).size < names.length) return `${tag} names an attribute twice`;
  }
  if (open.length > 0) return `${open.join(" > ")} stays open`;
  const text = outside.replace(TAG, "");
  if (/[<>]/.test(text)) return `a bare bracket in ${JSON.stringify(text.slice(Math.max(0, text.search(/[<>]/) - 20)).slice(0, 60))}`;
  return /&(?!#\d+;)/.exec(outside) ? "a bare ampersand" : null;
}

describe("a model's page", () => {
  test.each([
    ["with all its plots", cardOf()],
    ["of a model without evidence", cardOf({ evidence: null })],
    ["of a model that nothing was kept of", cardOf({ evidence: { recent: [], folds: [], ahead: [], components: [] } })],
    ["of names that are markup", cardOf({ product: { id: `"><script>alert(1)</script>`, name: `<img src=x onerror="alert('1')"> & Söhne` }, unit: "</svg><b>" })],
  ])("%s is well-formed and holds finite numbers", (_name, card) => {
    const page = cardPage(card);
    expect(faultOf(page)).toBeNull();
    expect(/NaN|Infinity|undefined/.exec(page)).toBeNull();
  });

  test("asks nobody for anything, runs nothing, and fits its policy", () => {
    const page = cardPage(cardOf({ product: { id: "x", name: `<script src="https://evil.example/x.js"></script>` } }));
    const [, style = ""] = /<style>([^<]*)<\/style>/.exec(page) ?? [];
    // Text between tags is only read by people.
    const tags = (page.match(/<[a-z][^>]*>/gi) ?? []).map((tag) => tag.replace(`xmlns="http://www.w3.org/2000/svg"`, ""));
    expect(tags.filter((tag) => /^<(script|link|img|iframe|object|embed|base|form)\b|\s(src|href|style|on\w+)=|https?:|url\(/i.test(tag))).toEqual([]);
    expect(style).not.toMatch(/https?:|url\(|@import/);
    expect(CARD_CSP).toContain(`style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`);
    expect(CARD_CSP).toMatch(/^default-src 'none';/);
    expect(CARD_CSP).not.toContain("unsafe");
  });

  test("shows the forecast with both bands, what it is made of, each fold, and what was left by weekday", () => {
    const page = cardPage(cardOf());
    expect(page.match(/<svg /g)).toHaveLength(5);
    for (const [shape, times] of [["band80", 3], ["band50", 3], ["median", 3], ["band80 past", 1], ["cutoff", 1]] as const) expect(page.match(new RegExp(`class="${shape}"`, "g")), shape).toHaveLength(times);
    expect(page.match(/class="actual"/g)).toHaveLength(30 + 28 + 28);
    expect(page.match(/class="label"/g)).toHaveLength(9);
    expect(page).toContain("4 others");
    expect(page.match(/class="mean"/g)).toHaveLength(7);
    expect(page).toContain("The level they stand on is 17.0 loaves a day on average.");
  });

  test("has numbers that can be counted after: shares by fold, and demand less forecast by weekday", () => {
    const { folds, residualsByWeekday } = cardOf();
    expect(folds[0]).toEqual({ cutoff: day(1), days: 14, wape: (13 * 2 + 79) / (13 * 18 + 99), bias: (13 * 2 - 79) / (13 * 18 + 99), coverage80: 13 / 14 });
    expect(folds[1]).toEqual({ cutoff: day(15), days: 14, wape: null, bias: null, coverage80: 0 });
    // 2026-04-03, the first day of the first fold, was a Friday.
    expect(residualsByWeekday.map(({ weekday }) => weekday)).toEqual(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]);
    expect(residualsByWeekday[0]).toEqual({ weekday: "Monday", mean: (79 - 2 - 20 - 20) / 4, residuals: [79, -2, -20, -20] });
  });
});
