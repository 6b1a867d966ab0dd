/** A bake plan as a page to print and hang above the oven. It loads nothing and runs nothing. */
import { createHash } from "node:crypto";
import { UNPLANNED_IN_WORDS, type BakePlanView, type Tenant, type WeatherUsed } from "@levain/contracts";

const STYLE = `
body { font: 12pt/1.35 system-ui, sans-serif; margin: 2em auto; max-width: 60em; color: #111; }
h1 { margin: 0 0 .2em; font-size: 1.5em; }
p { margin: .2em 0; color: #444; }
p.old { color: #111; font-weight: 700; }
table { border-collapse: collapse; width: 100%; margin-top: 1em; }
th, td { padding: .35em 9px; border-bottom: 1px solid #bbb; text-align: right; }
th:first-child, td:first-child, .note { text-align: left; }
thead th { border-bottom: 2px solid #111; font-size: .85em; }
.bake { font-size: 1.25em; font-weight: 700; }
.box { display: inline-block; width: 1em; height: 1em; border: 1px solid #111; }
@media print { body { margin: 0; } thead { display: table-header-group; } tr { break-inside: avoid; } }
`;

/** This page's own style, and nothing else. */
export const PAGE_CSP = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`;

export function pageOfPlan({ name: shop, timeZone }: Pick<Tenant, "name" | "timeZone">, plan: BakePlanView): string {
  const { date, currency, unit, weather, items, unplanned, ovens, totals } = plan;
  const money = new Intl.NumberFormat("en", { style: "currency", currency });
  const rows = items.toSorted(byName).map((item) => {
    const notes = [
      ...(item.override ? [`decided: ${item.override.reason} (advised ${amount(item.advised)})`] : []),
      ...(item.isHeldBackByOven ? ["held back by the oven"] : []),
    ];
    const cells = [
      item.traySize === 1 ? "" : amount(item.trays),
      item.quantity === 0 ? "–" : percent(item.chanceToSellOut),
      amount(item.expectedWaste),
      money.format(item.expectedCost),
    ];
    return rowOf(item.productName, amount(item.quantity), cells, notes.join("; "), item.quantity > 0);
  });
  const without = unplanned.toSorted(byName).map(({ productName, reason, override }) =>
    override
      ? rowOf(productName, amount(override.quantity), NO_FIGURES, `decided: ${override.reason}`, override.quantity > 0)
      : rowOf(productName, "–", NO_FIGURES, UNPLANNED_IN_WORDS[reason], false),
  );
  const inOvens = ovens.map(({ name, placesPerDay, placesUsed }) => `${text(name)} ${amount(placesUsed)} of ${amount(placesPerDay)}`);
  const inWords = [
    `${amount(totals.quantity)} ${text(unit)} in all, of which about ${Math.round(totals.expectedWaste)} will be left over.`,
    `Waste and empty shelves together: ${money.format(totals.expectedCost)}.`,
    ...(inOvens.length > 0 ? [`Oven places taken: ${inOvens.join(", ")}.`] : []),
  ].join(" ");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Bake plan ${date} – ${text(shop)}</title><style>${STYLE}</style></head>
<body>
<h1>${text(shop)}: bake plan for ${weekdayOf(date)}, ${date}</h1>
<p>${inWords}</p>
${toldOf(weather, timeZone)}
<table>
<thead><tr><th>Product</th><th>Bake</th><th>Trays</th><th>Chance to sell out</th><th>Left over</th><th>Expected loss</th><th class="note">Note</th><th>Done</th></tr></thead>
<tbody>
${[...rows, ...without].join("\n")}
</tbody>
</table>
</body></html>
`;
}

/** Of a product that nothing was computed for. */
const NO_FIGURES = ["", "", "", ""];

/** @param figures between what to bake and the note @param isBaked whether somebody will tick it off */
function rowOf(productName: string, bake: string, figures: readonly string[], note: string, isBaked: boolean): string {
  const cells = figures.map((figure) => `<td>${figure}</td>`).join("");
  return `<tr><td>${text(productName)}</td><td class="bake">${bake}</td>${cells}<td class="note">${text(note)}</td><td>${isBaked ? BOX : ""}</td></tr>`;
}

/** Hours. A forecast is fetched each morning: from here on one was missed, and who bakes by the list should know. */
const OLD_FROM_HOURS = 30;

/** On paper an age is soon wrong: the instant stands beside it. */
function toldOf(weather: WeatherUsed | null, timeZone: string): string {
  if (weather === null) return "<p>No weather forecast reaches this day: it is planned with the weather that the season brings.</p>";
  const { issuedAt, ageHours } = weather;
  const isOld = ageHours >= OLD_FROM_HOURS;
  const issued = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", timeZone }).format(new Date(issuedAt));
  return `<p${isOld ? ' class="old"' : ""}>Weather forecast of ${text(issued)}, ${ageOf(ageHours)} when this list was made.${isOld ? " No newer one could be had." : ""}</p>`;
}

const ageOf = (hours: number): string => (hours < 1 ? "not an hour old" : hours === 1 ? "1 hour old" : hours < 48 ? `${hours} hours old` : `${Math.floor(hours / 24)} days old`);

const BOX = '<span class="box"></span>';

const byName = (a: { readonly productName: string }, b: { readonly productName: string }): number => a.productName.localeCompare(b.productName);

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const text = (value: string): string => value.replace(/[&<>"']/g, (mark) => ENTITIES[mark] ?? mark);
const amount = (value: number): string => String(Math.round(10 * value) / 10);
const percent = (share: number): string => `${Math.round(100 * share)} %`;
const weekdayOf = (day: string): string => new Intl.DateTimeFormat("en", { weekday: "long", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));
