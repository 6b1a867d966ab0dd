/** The producer's server, for those who run it inside their own process. */
export { createServer, type Server } from "./server.js";
export type { ProducerDeps } from "./deps.js";
export type { ProducerSettings } from "./settings.js";
export { openProducer, type Producer } from "./wire.js";
export { ProducerEnv } from "./env.js";
