/** What happens to a fleet in a soak: one thing at a time, each with its own end, so that the next finds it whole. */
import { setTimeout as pause } from "node:timers/promises";
import type { Chance } from "../faults/rig/chance.js";
import type { Fleet, Producer, Worker } from "../faults/rig/fleet.js";
import type { OwnServer } from "../faults/rig/own-servers.js";
import type { TcpProxy } from "../faults/rig/tcp-proxy.js";

export type Stage = {
  readonly fleet: Fleet;
  readonly redis: OwnServer;
  readonly postgres: OwnServer;
  readonly ways: { readonly redis: TcpProxy; readonly postgres: TcpProxy };
  /** Those that nobody kills or freezes: what they grow by is measured. */
  readonly witnesses: readonly (Producer | Worker)[];
  addWorker(): Promise<unknown>;
  addProducer(): Promise<unknown>;
};

export type Mischief = { readonly name: string; happen(stage: Stage, chance: Chance): Promise<void> };

const FROZEN_MS = 8_000;
const REDIS_DOWN_MS = 5_000;
const SILENT_MS = 6_000;
const UPSTREAM_MS = 8_000;

const workerOf = ({ fleet, witnesses }: Stage, chance: Chance): Worker => chance.pick(fleet.workers.filter((worker) => !witnesses.includes(worker)));

export const MISCHIEF: readonly Mischief[] = [
  {
    name: "worker killed",
    happen: async (stage, chance) => {
      await stage.fleet.kill(workerOf(stage, chance));
      await stage.addWorker();
    },
  },
  {
    name: "worker retired",
    happen: async (stage, chance) => {
      await stage.fleet.retire(workerOf(stage, chance));
      await stage.addWorker();
    },
  },
  {
    name: "worker frozen",
    happen: async (stage, chance) => {
      const { pid } = workerOf(stage, chance);
      process.kill(pid, "SIGSTOP");
      await pause(FROZEN_MS);
      process.kill(pid, "SIGCONT");
    },
  },
  {
    name: "producer killed",
    happen: async (stage, chance) => {
      await stage.fleet.kill(chance.pick(stage.fleet.producers.filter((producer) => !stage.witnesses.includes(producer))));
      await stage.addProducer();
    },
  },
  { name: "Redis wiped", happen: async ({ fleet }) => void (await fleet.queues.redis.flushall()) },
  {
    name: "Redis killed",
    happen: async ({ redis }) => {
      await redis.kill();
      await pause(REDIS_DOWN_MS);
      await redis.start();
    },
  },
  {
    name: "PostgreSQL crashed",
    happen: async ({ postgres }) => {
      await postgres.kill();
      await postgres.start();
    },
  },
  { name: "connections to PostgreSQL cut", happen: async ({ ways }) => void ways.postgres.cut() },
  { name: "connections to Redis cut", happen: async ({ ways }) => void ways.redis.cut() },
  {
    name: "Redis silent",
    happen: async ({ ways }) => {
      await ways.redis.set("black-hole");
      await pause(SILENT_MS);
      await ways.redis.set("pass");
    },
  },
  {
    name: "upstream failing",
    happen: async ({ fleet }) => {
      await fleet.bakeries.addFault({ match: { source: "sales" }, kind: "500", share: 0.5 });
      await pause(UPSTREAM_MS);
      await fleet.bakeries.clearFaults();
    },
  },
  {
    name: "upstream hanging",
    happen: async ({ fleet }) => {
      await fleet.bakeries.addFault({ match: { source: "sales" }, kind: "hang", share: 0.3 });
      await pause(UPSTREAM_MS);
      await fleet.bakeries.clearFaults();
    },
  },
];
