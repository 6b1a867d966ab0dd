/** How many to bake: the quantity that costs least over everything that may be asked for. Pure numbers. */
export type { Costs, Stakes } from "./costs.js";
export { criticalRatio, stakesOf } from "./costs.js";
export type { Demand } from "./demand.js";
export { chanceToSellOut, demandOf, expectedLost, expectedWaste, quantileOf } from "./demand.js";
export type { BakeableProduct, Oven } from "./oven.js";
export { fitIntoOven } from "./oven.js";
export type { Bake, BakeRules } from "./quantity.js";
export { cheapestBake, expectedCost } from "./quantity.js";
