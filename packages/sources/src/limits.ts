/** How long, how much and how often an upstream is asked before it is given up. One value, so that a test can shrink it. */
export type FetchLimits = {
  /** Milliseconds for a name to become an address. A resolver that needs longer is down. */
  readonly lookupMs: number;
  /** Milliseconds for the TCP handshake: several times the way around the globe. */
  readonly connectMs: number;
  /** Milliseconds for the TLS handshake. */
  readonly secureConnectMs: number;
  /** Milliseconds from the request to the first byte of the answer: a till's database may think for a while. */
  readonly responseMs: number;
  /** Milliseconds without a byte in either direction. Not below `responseMs`, whose wait is such a silence. */
  readonly socketMs: number;
  /** Milliseconds for everything, the body included: the bound that a slow trickle of bytes cannot stretch. */
  readonly requestMs: number;
  /** Requests, and so connections, open at once to one origin: a fleet of workers must not overrun a till. */
  readonly socketsPerOriginMax: number;
  /** Bytes of one answer after decompression. Ten years of daily totals are under 1 MB. */
  readonly answerBytesMax: number;
  /** Pages followed in one listing, so that a cursor that never ends does. */
  readonly pagesMax: number;
  /** Milliseconds over which a breaker counts. */
  readonly breakerWindowMs: number;
  /**
   * Calls in the window below which a breaker stays closed. A hanging origin allows only
   * socketsPerOriginMax × breakerWindowMs / requestMs calls; above half of that a breaker could never open.
   */
  readonly breakerCallsMin: number;
  /** Share of failed calls in the window above which a breaker opens. */
  readonly breakerFailureShare: number;
  /** Milliseconds an open breaker waits before it lets one call through, ±20 % so that a fleet does not ask in step. */
  readonly breakerResetMs: number;
};

export const FETCH_LIMITS: FetchLimits = {
  lookupMs: 1_000,
  connectMs: 2_000,
  secureConnectMs: 2_000,
  responseMs: 8_000,
  socketMs: 8_000,
  requestMs: 10_000,
  socketsPerOriginMax: 8,
  answerBytesMax: 10 * 1024 * 1024,
  pagesMax: 2_000,
  breakerWindowMs: 60_000,
  breakerCallsMin: 5,
  breakerFailureShare: 0.5,
  breakerResetMs: 15_000,
};
