/** The sandbox as a part of another process: tests and benchmarks start it where they are. */
export { type Bakery } from "./bakery.js";
export { Fault, RequestKind } from "./faults.js";
export { readFolderBakery } from "./folder-bakery.js";
export { type RequestCounts } from "./request-log.js";
export { serveBakeries, type ServedBakeries } from "./served-bakeries.js";
export { startSandbox, type Sandbox, type SandboxOptions, type SandboxTenant } from "./server.js";
export { demoBakery, fleetBakery, simulateBakery, type Simulation } from "./simulated-bakery.js";
