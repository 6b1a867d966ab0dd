/** How one of our processes starts, is observed and stops. Imported by apps only; holds no word of the domain. */
export { ConfigError, readConfig } from "./config.js";
export { type Check, type Health, type HealthServer, checkHealth, serveHealth } from "./health.js";
export { type Lifecycle, type ProcessHost, type RunOptions, runProcess } from "./lifecycle.js";
export { type Fields, type LogLevel, type Logger, LOG_LEVELS, createLogger } from "./logger.js";
export { type Counter, type Gauge, type Histogram, type Metrics, createMetrics } from "./metrics.js";
export { redact, redactText } from "./redact.js";
