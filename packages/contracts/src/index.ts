/** The words the processes exchange, checked at run time. */
export * from "./business-day.js";
export * from "./context.js";
export * from "./events.js";
export * from "./failure.js";
export * from "./http.js";
export * from "./ids.js";
export * from "./jobs.js";
export * from "./names.js";
export * from "./outcome.js";
export * from "./policy.js";
export * from "./report.js";
export * from "./sales.js";
export * from "./score.js";
export * from "./tenant.js";
