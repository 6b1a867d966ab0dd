/** How one product is trained, as named steps over functions it is given; and which tenants' nights are due. */
export { computeFit, computeJudgement, computeTune } from "./compute.js";
export { dailyForecastOf, forecastAgain, FORECAST_LEVELS } from "./daily-forecast.js";
export { columnsAhead, contextAhead, DAYS_AHEAD_MAX, driversAhead } from "./days-ahead.js";
export { type Challenge, decide, type Decision } from "./decide.js";
export { isWeatherDue, type ForecastPlace } from "./due-weather.js";
export { DRIFT_RULE, findDrift } from "./find-drift.js";
export { GRADED_DAYS, gradeDays, gradeProduct, type Grading } from "./grade.js";
export { dueTenants, type DueNight, type NightlyTenant } from "./plan-night.js";
export type { Champion, DayRange, FitAnswer, FitRequest, JudgeAnswer, JudgeRequest, TrainingDeps, TuneAnswer, TuneRequest } from "./ports.js";
export { needOf, type Need, type Night } from "./need.js";
export { noneChance } from "./none-chance.js";
export { NOTHING_KNOWN } from "./nothing-known.js";
export { prepare, type Prepared } from "./prepare.js";
export { trainProduct } from "./train-product.js";
export { checkTenant } from "./validate.js";
export { HELD_DAYS_MAX, whyHeld, type KnownSales, type Memory } from "./why-held.js";
export { whyShopHeld, type ShopSoFar } from "./why-shop-held.js";
export { reachesBeyond, toldOfWeather, trustAfter, WEATHER_AHEAD_DAYS } from "./weather-ahead.js";
