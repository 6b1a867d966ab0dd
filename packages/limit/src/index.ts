/** Says who asks too often, the same in every process, and goes on saying it when Redis is away. */
export type { Allowance } from "./allowance.js";
export { createLimiter, type Limiter, type LimiterOptions } from "./limiter.js";
