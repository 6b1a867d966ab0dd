/**
 * `npm run pictures`: the pictures of the docs, taken of a Levain that runs on this machine (`npm start`): the plots of a
 * model card as SVG, and the printable bake list as PNG, for which a Chromium is asked (`CHROMIUM` names another).
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../apps/cli/bin/prepare.mjs";

const FOLDER = join(root, "docs/plots");
const PRODUCT = "croissant";
/** What the demo bakery's goods sell for and cost. The deck oven is too small for a good Saturday. */
const TENANT = { currency: "EUR", defaults: { wasteValue: 0, goodwillLoss: 0.2 }, ovenGroups: [{ name: "deck oven", placesPerDay: 330 }] };
const ECONOMICS = {
  "wheat-roll": { unitPrice: 0.45, unitCost: 0.11, traySize: 30, displayMin: 60 },
  croissant: { unitPrice: 1.9, unitCost: 0.62, traySize: 12 },
  "rye-bread": { unitPrice: 4.2, unitCost: 1.3, ovenGroup: "deck oven", placesPerUnit: 2, wasteValue: 0.4 },
  "sourdough-loaf": { unitPrice: 5.6, unitCost: 1.7, ovenGroup: "deck oven", placesPerUnit: 3, wasteValue: 0.4 },
  pretzel: { unitPrice: 1.2, unitCost: 0.3, traySize: 8 },
  baguette: { unitPrice: 1.8, unitCost: 0.45, ovenGroup: "deck oven", placesPerUnit: 1 },
  "cinnamon-bun": { unitPrice: 2.6, unitCost: 0.95, traySize: 6 },
  "butter-cake": { unitPrice: 2.8, unitCost: 1.1, wasteValue: 0.5 },
  "spelt-wreath": { unitPrice: 6.5, unitCost: 3.4 },
};

const { url, tenantKeys, lastTenantId: tenant } = JSON.parse(readFileSync(join(root, ".levain/state.json"), "utf8"));
const headers = { authorization: `Bearer ${tenantKeys[tenant]}`, "content-type": "application/json" };
const ask = async (path, init) => {
  const answer = await fetch(`${url}/v1/tenants/${tenant}${path}`, { ...init, headers });
  if (!answer.ok) throw new Error(`expected an answer to ${path}, got ${answer.status}: ${await answer.text()}`);
  return answer;
};
const put = (path, body) => ask(path, { method: "PUT", body: JSON.stringify(body) });

mkdirSync(FOLDER, { recursive: true });
await put("/economics", TENANT);
for (const [product, economics] of Object.entries(ECONOMICS)) await put(`/products/${product}/economics`, economics);

const forecast = await (await ask(`/products/${PRODUCT}/forecast`)).json();
const saturday = forecast.days.map(({ day }) => day).find((day) => new Date(day).getUTCDay() === 6);
await shoot("bake-list", await (await ask(`/bake-plan?date=${saturday}&format=html`)).text());
keepPlots(await (await ask(`/products/${PRODUCT}/models/${forecast.model.id}/card.html`)).text());

/** The page as a printer's sheet would show it. */
async function shoot(name, html) {
  const folder = mkdtempSync(join(tmpdir(), "levain-pictures-"));
  try {
    const page = join(folder, "page.html");
    writeFileSync(page, html);
    execFileSync(process.env.CHROMIUM ?? "chromium", ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1080,640", `--screenshot=${join(FOLDER, `${name}.png`)}`, `file://${page}`], { stdio: "ignore" });
    console.log(`docs/plots/${name}.png`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each figure of the card as an SVG that brings its style along. */
function keepPlots(html) {
  const [, style] = /<style>([^]*?)<\/style>/.exec(html);
  const named = { "card-forecast": "the forecast after", "card-components": "made of", "card-weekdays": "weekday" };
  const plots = [...html.matchAll(/<svg [^]*?<\/svg>/g)].map(([svg]) => svg);
  const labelOf = (svg) => /aria-label="([^"]*)"/.exec(svg)?.[1] ?? "";
  for (const [name, words] of Object.entries(named)) {
    const plot = plots.find((svg) => labelOf(svg).includes(words));
    if (!plot) throw new Error(`expected a plot of the card to tell of "${words}", got ${plots.map(labelOf).join(" | ")}`);
    writeFileSync(join(FOLDER, `${name}.svg`), plot.replace(/(<svg [^>]*>)/, `$1<style>${style}</style><rect width="100%" height="100%" fill="var(--paper)"/>`));
    console.log(`docs/plots/${name}.svg`);
  }
}
