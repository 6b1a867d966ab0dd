/** The twelve products of the demo bakery: each shows something that a forecaster must be able to live with. */
import type { FolderEconomics } from "@levain/sources";
import type { Habits } from "./simulated-demand.js";

/** Factors from Monday, when the shop is shut, to Sunday. */
const DAILY_BREAD = [0, 0.95, 0.95, 1, 1.1, 1.3, 0.8];
const WEEKEND = [0, 0.7, 0.75, 0.8, 1, 1.6, 1.7];
const EVEN = [0, 1, 1, 1, 1, 1, 1];

export const DEMO_PRODUCTS: readonly Habits[] = [
  { id: "wheat-roll", name: "Wheat roll", unitsPerDay: 210, weekday: WEEKEND, onHolidayEve: 1.3, growthPerYear: 0.04 },
  { id: "croissant", name: "Butter croissant", unitsPerDay: 62, weekday: WEEKEND, season: { share: 0.1, peak: 0.5 }, atFair: 1.4 },
  { id: "rye-bread", name: "Rye bread", unitsPerDay: 34, weekday: DAILY_BREAD, perDegree: -0.006, onHolidayEve: 1.6 },
  { id: "sourdough-loaf", name: "Country sourdough", unitsPerDay: 26, weekday: DAILY_BREAD, growthPerYear: 0.12, promotion: { everyDays: 35, factor: 1.7 } },
  { id: "pretzel", name: "Pretzel", unitsPerDay: 48, weekday: DAILY_BREAD, perDegree: 0.008, atFair: 2, promotion: { everyDays: 49, factor: 1.5 } },
  // Baked for a normal day: what is sold on a good one is less than what was wanted.
  { id: "baguette", name: "Baguette", unitsPerDay: 30, weekday: WEEKEND, season: { share: 0.15, peak: 0.55 }, stock: 36 },
  { id: "cinnamon-bun", name: "Cinnamon bun", unitsPerDay: 9, weekday: WEEKEND, perDegree: -0.015, kind: "transactions" },
  { id: "butter-cake", name: "Butter cake, slice", unitsPerDay: 12, weekday: WEEKEND, season: { share: 0.2, peak: 0.95 }, kind: "transactions" },
  { id: "strawberry-tart", name: "Strawberry tart", unitsPerDay: 14, weekday: WEEKEND, onOffer: { from: 0.36, until: 0.58 }, perDegree: 0.02 },
  { id: "spelt-wreath", name: "Spelt wreath", unitsPerDay: 0.6, weekday: EVEN, askedShare: 0.22 },
  { id: "oat-cookie", name: "Oat cookie", unitsPerDay: 11, weekday: EVEN, firstBakedDaysAgo: 19 },
  { id: "marzipan-slice", name: "Marzipan slice", unitsPerDay: 8, weekday: EVEN, season: { share: 0.3, peak: 0.97 }, lastBakedDaysAgo: 120, discontinued: true },
];

/** What they sell for and cost. The deck oven is too small for a good Saturday. */
export const DEMO_ECONOMICS: FolderEconomics = {
  currency: "EUR",
  defaults: { wasteValue: 0, goodwillLoss: 0.2 },
  ovenGroups: [{ name: "deck oven", placesPerDay: 330 }],
  products: {
    "wheat-roll": { unitPrice: 0.45, unitCost: 0.11, traySize: 30, displayMin: 60 },
    croissant: { unitPrice: 1.9, unitCost: 0.62, traySize: 12 },
    "rye-bread": { unitPrice: 4.2, unitCost: 1.3, ovenGroup: "deck oven", placesPerUnit: 2, wasteValue: 0.4 },
    "sourdough-loaf": { unitPrice: 5.6, unitCost: 1.7, ovenGroup: "deck oven", placesPerUnit: 3, wasteValue: 0.4 },
    pretzel: { unitPrice: 1.2, unitCost: 0.3, traySize: 8 },
    baguette: { unitPrice: 1.8, unitCost: 0.45, ovenGroup: "deck oven", placesPerUnit: 1 },
    "cinnamon-bun": { unitPrice: 2.6, unitCost: 0.95, traySize: 6 },
    "butter-cake": { unitPrice: 2.8, unitCost: 1.1, wasteValue: 0.5 },
    "strawberry-tart": { unitPrice: 3.4, unitCost: 1.5 },
    "spelt-wreath": { unitPrice: 6.5, unitCost: 3.4 },
    "oat-cookie": { unitPrice: 1.6, unitCost: 0.5, wasteValue: 0.3 },
  },
};
