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

const { url, tenantKeys, lastTenantId: tenant } = JSON.parse(readFileSync(join(root, ".levain/state.json"), "utf8"));
const headers = { authorization: `Bearer ${tenantKeys[tenant]}`, "content-type": "application/json" };
const ask = async (path, init) => {
  const answer = await fetch(`${url}/v1/tenants/${tenant}${path}`, { ...init, headers });
  if (!answer.ok) throw new Error(`expected an answer to ${path}, got ${answer.status}: ${await answer.text()}`);
  return answer;
};

mkdirSync(FOLDER, { recursive: true });

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
    execFileSync(
      process.env.CHROMIUM ?? "chromium",
      [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--window-size=1080,640",
        `--screenshot=${join(FOLDER, `${name}.png`)}`,
        `file://${page}`,
      ],
      { stdio: "ignore" },
    );
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
