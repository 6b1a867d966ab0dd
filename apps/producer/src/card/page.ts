/** The card as one page that asks nobody for anything: no script, no image, no font; one style, which its policy names by digest. */
import { createHash } from "node:crypto";
import type { ModelCard } from "@levain/contracts";
import { foldPlot, forecastPlot } from "./day-plots.js";
import { componentsPlot, weekdayPlot } from "./part-plots.js";
import { textOf } from "./plot.js";

const STYLE = `
:root { color-scheme: light dark; --ink: #1d1b18; --soft: #6b655c; --line: #ddd8d0; --paper: #fffdf9; --blue: #1f6feb; --more: #1f6feb; --less: #c2570c }
@media (prefers-color-scheme: dark) { :root { --ink: #eee9e1; --soft: #a39c91; --line: #3a3733; --paper: #191816; --blue: #6ea8ff; --more: #6ea8ff; --less: #ff9a52 } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { margin-bottom: 0 } h2 { margin: 2.5rem 0 .5rem; font-size: 1.15rem } p { margin: .25rem 0 } .soft, figcaption { color: var(--soft); font-size: .9rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums } th, td { text-align: right; padding: .25rem .75rem; border-bottom: 1px solid var(--line) }
th:first-child, td:first-child { text-align: left; padding-left: 0 } dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem } dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }
figure { margin: 0 } .folds { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1rem } svg { width: 100%; height: auto; display: block }
svg text { font: 11px system-ui, sans-serif; fill: var(--soft) } svg text.label { font-size: 13px; fill: var(--ink) }
.grid { stroke: var(--line); stroke-width: 1 } .zero { stroke: var(--soft); stroke-width: 1 } .cutoff { stroke: var(--soft); stroke-dasharray: 4 4 }
.band80 { fill: var(--blue); opacity: .18 } .band50 { fill: var(--blue); opacity: .32 } .median { fill: none; stroke: var(--blue); stroke-width: 2 } .past { opacity: .12 } .median.past { opacity: .5 }
.actual { fill: var(--ink) } .more { fill: var(--more) } .less { fill: var(--less) } .mean { stroke: var(--blue); stroke-width: 3 }
`;

/** For the header of the page's answer. */
export const CARD_CSP = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export const cardPage = (card: ModelCard): string => {
  const { product, model } = card;
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"/><meta name="viewport" content="width=device-width"/><title>${textOf(product.name)} · model ${model.version}</title><style>${STYLE}</style></head>
<body>
<h1>${textOf(product.name)}</h1>
<p>Model ${model.version}, ${STANDINGS[model.standing]}: ${textOf(model.decision)}.</p>
<p class="soft">${textOf(model.family)} · ${model.demandClass} demand · sees the days up to ${model.cutoff} · trained ${model.trainedAt.slice(0, 16).replace("T", " ")} UTC · ${model.trials} trials</p>
${model.absentSources.length === 0 ? "" : `<p>Trained without ${textOf(model.absentSources.join(" and "))}, which could not be had.</p>`}
${scores(card)}
${plots(card)}
${lineage(card)}
</body>
</html>
`;
};

const STANDINGS: Readonly<Record<ModelCard["model"]["standing"], string>> = { champion: "the champion", former: "a former champion", rejected: "rejected" };

const scores = ({ model: { score, naiveScore } }: ModelCard): string => {
  const rows = [
    ["WAPE", percent(score.wape), percent(naiveScore.wape)],
    ["Bias", percent(score.bias), percent(naiveScore.bias)],
    ["Pinball loss", digits(score.pinball), digits(naiveScore.pinball)],
    ["MASE", digits(score.mase), digits(naiveScore.mase)],
    ["Days inside the 80 % band", percent(score.coverage80), percent(naiveScore.coverage80)],
  ];
  return `<h2>How well it did</h2>
<table><thead><tr><th>over ${score.days} days of the back-test</th><th>this model</th><th>seasonal naive</th></tr></thead><tbody>${rows.map(rowOf).join("")}</tbody></table>`;
};

const plots = ({ evidence, model, folds, residualsByWeekday, unit }: ModelCard): string => {
  if (evidence === null) return `<p class="soft">This model was trained before plots were kept.</p>`;
  const level = evidence.components.flatMap(({ parts }) => parts.filter(({ kind }) => kind === "level").map(({ units }) => units));
  const usual = level.length === 0 ? "" : ` The level they stand on is ${(level.reduce((total, each) => total + each, 0) / level.length).toFixed(1)} ${textOf(unit)} a day on average.`;
  return `<h2>Forecast</h2>
<figure>${forecastPlot(evidence, model.cutoff)}<figcaption>${textOf(unit)} a day. Dots: demand. Right of the dashed line: the median with the bands that hold 50 and 80 % of days; left of it, paler, what the back-test said of the last weeks.</figcaption></figure>
<h2>What the days ahead are made of</h2>
<figure>${componentsPlot(evidence.components)}<figcaption>One bar per day, ${textOf(unit)} above or below the level, all rows in one scale.${usual}</figcaption></figure>
<h2>Back-test by fold</h2>
<div class="folds">${evidence.folds.map((fold, i) => `<figure>${foldPlot(fold)}<figcaption>from ${fold.cutoff}: WAPE ${percent(folds[i]?.wape ?? null)}</figcaption></figure>`).join("")}</div>
<table><thead><tr><th>cutoff</th><th>days</th><th>WAPE</th><th>bias</th><th>inside the 80 % band</th></tr></thead><tbody>${folds.map((fold) => rowOf([fold.cutoff, String(fold.days), percent(fold.wape), percent(fold.bias), percent(fold.coverage80)])).join("")}</tbody></table>
<h2>What was left, by weekday</h2>
<figure>${weekdayPlot(residualsByWeekday)}<figcaption>Demand less the median, ${textOf(unit)}. Dots: days of the back-test. Bars: their mean.</figcaption></figure>`;
};

const lineage = ({ model, product }: ModelCard): string => {
  const made = model.lineage;
  const facts: readonly (readonly [string, string])[] = [
    ["Product", product.id],
    ["Model", model.id],
    ["Run", model.runId],
    ["Held against", model.parentId ?? "none"],
    ["Artifact", `sha256 ${model.sha256}, ${model.bytes} bytes, schema version ${model.schemaVersion}`],
    ["Series", made?.seriesDigest ?? "not kept"],
    ["Regressors", made?.regressorsDigest ?? "not kept"],
    ["Policy", made === null ? "not kept" : JSON.stringify(made.policy)],
    ["Seed", made === null ? "not kept" : String(made.seed)],
    ["Code", made?.codeVersion ?? "not kept"],
    ["Spec", JSON.stringify(model.spec)],
  ];
  return `<h2>What it was made of</h2>
<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${textOf(value)}</dd>`).join("")}</dl>`;
};

const rowOf = ([first = "", ...others]: readonly string[]): string => `<tr><td>${first}</td>${others.map((each) => `<td>${each}</td>`).join("")}</tr>`;
const percent = (share: number | null): string => (share === null ? "–" : `${(100 * share).toFixed(1)} %`);
const digits = (value: number | null): string => (value === null ? "–" : value.toFixed(3));
