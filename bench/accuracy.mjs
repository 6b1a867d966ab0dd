/**
 * How accurate is the engine? For each tenant folder: Levain's own back-test, and six peers on the same cases (six
 * cutoffs, 14 days ahead, up to forty products evenly through the ranking by sales), all scored by our metrics.
 * The folders hold real sales that lie outside the project; where they are absent this says so and does nothing.
 * Usage: node bench/accuracy.mjs [--folders a,b] [--check] [--save]; LEVAIN_DATA_DIR names another place to look.
 */
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { prepare, root } from "../apps/cli/bin/prepare.mjs";

prepare();
const { machineLine, saveSection, tableOf, verdict } = await import("./report.mjs");
const { PEERS } = await import("./peers.mjs");
const { peerCaseOf } = await import("./peer-case.mjs");
const { saveBarPlot } = await import("./plot.mjs");
const { readTenantFolder } = await import("@levain/sources");
const cli = (file) => import(new URL(`../apps/cli/dist/backtest/${file}`, import.meta.url).href);
const { backtestFolder } = await cli("backtest.js");
const { summaryOf } = await cli("summary.js");

const { values } = parseArgs({ options: { folders: { type: "string" }, check: { type: "boolean", default: false }, save: { type: "boolean", default: false } } });
const DATA = process.env.LEVAIN_DATA_DIR ?? join(root, "../shared/data");
const PRODUCTS_MAX = 40;
const PLAN = { horizon: 14, cutoffs: 6, step: 14 };
const OURS = "Levain";
/** Where demand is a few whole units a day, an interval that ends on whole numbers cannot cover exactly 80 %. */
const FEW_UNITS_A_DAY = 4;

const known = existsSync(DATA) ? readdirSync(DATA).filter((name) => existsSync(join(DATA, name, "tenant.json"))) : [];
const folders = values.folders ? values.folders.split(",") : known;
if (folders.some((name) => !known.includes(name)) || folders.length === 0) {
  console.log(`Skipped: there is no ${values.folders ? `folder ${values.folders}` : "tenant folder"} in ${DATA}. LEVAIN_DATA_DIR names another place to look.`);
  process.exit(0);
}

const sets = [];
for (const name of folders) {
  const set = await measure(name);
  sets.push(set);
  console.log(`\n${set.table}`);
}

const ratios = sets.map(({ name, scores, unitsADay }) => {
  const peers = Object.keys(PEERS).map((peer) => scores[peer]);
  const best = (key) => Math.min(...peers.map((score) => score[key]));
  const ours = scores[OURS];
  return {
    name,
    wapeToProphet: ours.wape / scores["Prophet with regressors"].wape,
    wape: ours.wape / best("wape"),
    pinball: ours.pinball / best("pinball"),
    mase: ours.mase / best("mase"),
    coverage: ours.coverage80,
    coverageMax: unitsADay < FEW_UNITS_A_DAY ? 0.9 : 0.83,
  };
});
const geometric = (key) => Math.exp(ratios.reduce((total, ratio) => total + Math.log(ratio[key]), 0) / ratios.length);
const summary = tableOf(
  ["ratio to …", "WAPE, Prophet with regressors", "WAPE, best peer", "pinball, best peer", "MASE, best peer", "coverage of 80 %"],
  [
    ...ratios.map((ratio) => [ratio.name, ...[ratio.wapeToProphet, ratio.wape, ratio.pinball, ratio.mase].map((value) => value.toFixed(3)), percent(ratio.coverage)]),
    ["geometric mean", ...["wapeToProphet", "wape", "pinball", "mase"].map((key) => geometric(key).toFixed(3)), ""],
    ["bar", "0.75", "0.82, each 1.00", "0.84, each 1.00", "each 1.00", "77–83 %, few units –90 %"],
  ],
);
console.log(`\n${summary}\n`);
if (values.save) {
  saveSection("accuracy", [machineLine(), ...sets.map(({ table }) => table), summary].join("\n\n"));
  saveBarPlot("accuracy.svg", {
    title: "Levain against the best of six peers on each tenant (below 1 is better)",
    y: "ratio",
    groups: ratios.map(({ name }) => name.split("_")[0]),
    series: [{ name: "WAPE", values: ratios.map(({ wape }) => wape) }, { name: "pinball loss", values: ratios.map(({ pinball }) => pinball) }],
    mark: 1,
  });
}
verdict(
  [
    { name: "WAPE to Prophet with regressors, geometric mean", value: geometric("wapeToProphet"), atMost: 0.75 },
    { name: "WAPE to the best peer, geometric mean", value: geometric("wape"), atMost: 0.82 },
    { name: "pinball to the best peer, geometric mean", value: geometric("pinball"), atMost: 0.84 },
    ...ratios.flatMap(({ name, wape, pinball, mase, coverage, coverageMax }) => [
      { name: `${name}: WAPE to the best peer`, value: wape, atMost: 1 },
      { name: `${name}: pinball to the best peer`, value: pinball, atMost: 1 },
      { name: `${name}: MASE to the best peer`, value: mase, atMost: 1 },
      { name: `${name}: coverage`, value: coverage, atMost: coverageMax },
      { name: `${name}: days outside the interval`, value: 1 - coverage, atMost: 0.23 },
    ]),
  ],
  values.check,
);

async function measure(name) {
  const path = join(DATA, name);
  const folder = await readTenantFolder(path);
  const scratch = await mkdtemp(join(tmpdir(), "levain-accuracy-"));
  const silent = { start: () => undefined, advance: () => undefined, end: () => undefined };
  const options = { folder: path, ...PLAN, out: join(scratch, "rows.jsonl"), weather: "climatology", threads: availableParallelism(), products: productsOf(folder) };
  const { cases, skipped } = await backtestFolder(options, silent, new AbortController().signal).finally(() => rm(scratch, { recursive: true, force: true }));
  const scores = { [OURS]: summaryOf(cases, ({ rows }) => rows) };
  const peerCases = cases.map((each) => peerCaseOf(folder, each));
  for (const [peer, forecast] of Object.entries(PEERS)) {
    const rows = new Map(cases.map((each, i) => [each, rowsOf(each, forecast(peerCases[i]))]));
    scores[peer] = summaryOf(cases, (each) => rows.get(each));
  }
  const actuals = cases.flatMap((each) => each.actuals);
  const body = Object.entries(scores).map(([who, score]) => [
    who,
    score.wape.toFixed(4),
    score.mase.toFixed(3),
    score.pinball.toFixed(4),
    percent(score.coverage80),
    score.bias.toFixed(3),
  ]);
  const note = skipped.length === 0 ? "" : `, ${skipped.length} cases not forecast`;
  const table = `### ${name}: ${cases.length} cases, ${actuals.length} days${note}\n\n${tableOf(["", "WAPE", "MASE", "pinball", "coverage 80 %", "bias"], body)}`;
  return { name, scores, table, unitsADay: actuals.reduce((total, value) => total + value, 0) / actuals.length };
}

/** Up to forty, evenly through the ranking by sales: the small ones count too. */
function productsOf(folder) {
  const total = ({ id }) => folder.salesOf(id).records.reduce((sum, { quantity }) => sum + quantity, 0);
  const ranked = folder.products.map((product) => ({ id: product.id, total: total(product) })).sort((a, b) => b.total - a.total);
  const stride = Math.max(1, Math.floor(ranked.length / PRODUCTS_MAX));
  return ranked.filter((_, rank) => rank % stride === 0).slice(0, PRODUCTS_MAX).map(({ id }) => id);
}

function rowsOf({ ahead, actuals }, { q10, q50, q90 }) {
  return ahead.map((date, i) => ({ date, actual: actuals[i], q10: q10[i], q50: q50[i], q90: q90[i] }));
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}
