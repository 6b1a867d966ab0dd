/** What an operator may set differently from one producer to another. */
import { LIMITS, type LimitSettings } from "./rate-limits.js";
import { WORK_LIMITS, type WorkLimits } from "./work-limits.js";

export type ProducerSettings = {
  readonly runDeadlineHours: number;
  /** Milliseconds of silence after which a watcher of a run is told that the connection lives. */
  readonly heartbeatMs: number;
  readonly limits: LimitSettings;
  readonly workLimits: WorkLimits;
  /** Seals the sessions of browsers. */
  readonly sessionSecret: string;
  readonly sessionHours: number;
  /** The fleet's own, from which the secrets of webhooks follow; without it there are none. */
  readonly webhookSecret?: string | undefined;
  /** Addresses and networks of proxies in front, whose word for a client's address is taken; separated by commas. */
  readonly trustedProxies: string;
};

export const DEFAULT_SETTINGS: Omit<ProducerSettings, "sessionSecret"> = {
  runDeadlineHours: 6,
  heartbeatMs: 15_000,
  limits: LIMITS,
  workLimits: WORK_LIMITS,
  sessionHours: 8,
  trustedProxies: "",
};
