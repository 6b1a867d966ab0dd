/** The connections of one process to PostgreSQL: bounded, with a limit on every wait, and counting the waits. */
import pg from "pg";

export type PoolSettings = {
  readonly url: string;
  readonly poolMax: number;
  readonly applicationName: string;
  /** Milliseconds after which PostgreSQL ends a statement. */
  readonly statementTimeoutMs?: number;
};

export type PoolStats = {
  readonly total: number;
  readonly idle: number;
  /** Checkouts that wait for a connection now. */
  readonly waiting: number;
  readonly max: number;
  /** Checkouts that found every connection taken, since the pool was opened. */
  readonly waitsTotal: number;
  /** Milliseconds those checkouts waited, together. */
  readonly waitedMs: number;
};

/** Milliseconds. A commit takes single ones, a listing tens: this bounds what went wrong. */
const STATEMENT_TIMEOUT_MS = 10_000;

/** Milliseconds a statement may run longer by this side's clock, so that PostgreSQL gives up first and says why. */
const ANSWER_GRACE_MS = 5_000;

/** Milliseconds for a checkout, a new connection included. Unset, pg waits for ever. */
const CHECKOUT_TIMEOUT_MS = 5_000;
const LOCK_TIMEOUT_MS = 5_000;
const IDLE_TIMEOUT_MS = 30_000;

export class MeasuredPool extends pg.Pool {
  #waitsTotal = 0;
  #waitedMs = 0;
  readonly #max: number;

  constructor({ url, poolMax, applicationName, statementTimeoutMs = STATEMENT_TIMEOUT_MS }: PoolSettings) {
    super({
      connectionString: url,
      max: poolMax,
      application_name: applicationName,
      connectionTimeoutMillis: CHECKOUT_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      keepAlive: true,
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs + ANSWER_GRACE_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
      // Prisma's adapter sends and reads instants without their offset, as if every session counted in UTC.
      options: "-c TimeZone=UTC",
    });
    this.#max = poolMax;
    // An idle connection that PostgreSQL closed is replaced at the next checkout; unheard, the event ends the process.
    this.on("error", () => undefined);
  }

  stats(): PoolStats {
    return {
      total: this.totalCount,
      idle: this.idleCount,
      waiting: this.waitingCount,
      max: this.#max,
      waitsTotal: this.#waitsTotal,
      waitedMs: this.#waitedMs,
    };
  }

  /** Every checkout passes here, `pool.query` included, which calls it with a callback. */
  override connect(): Promise<pg.PoolClient>;
  override connect(callback: CheckoutCallback): void;
  override connect(callback?: CheckoutCallback): Promise<pg.PoolClient> | void {
    const counted = this.#isExhausted() ? this.#countWait() : () => undefined;
    if (!callback) return super.connect().finally(counted);
    super.connect((fault, client, release) => {
      counted();
      callback(fault, client, release);
    });
  }

  #isExhausted(): boolean {
    return this.idleCount <= this.waitingCount && this.totalCount >= this.#max;
  }

  #countWait(): () => void {
    const since = performance.now();
    this.#waitsTotal += 1;
    return () => {
      this.#waitedMs += performance.now() - since;
    };
  }
}

type CheckoutCallback = (fault: Error | undefined, client: pg.PoolClient | undefined, release: (fault?: unknown) => void) => void;
