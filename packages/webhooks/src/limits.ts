/** How long a receiver is waited for, and when it is left alone for a while. One value, so that a test can shrink it. */
export type SendLimits = {
  /** Milliseconds for a name to become an address. */
  readonly lookupMs: number;
  /** Milliseconds for the TCP handshake, and for that of TLS. */
  readonly connectMs: number;
  /** Milliseconds for everything up to the answer's headers; its body is not read. */
  readonly answerMs: number;
  /** Messages on their way at once to one receiver from one process: a slow one must not take all the places. */
  readonly sendingMax: number;
  /** Messages within `breakerWindowMs` below which a breaker stays closed. */
  readonly breakerCallsMin: number;
  readonly breakerWindowMs: number;
  /** Milliseconds that an open breaker waits before it lets one message through. */
  readonly breakerResetMs: number;
};

export const SEND_LIMITS: SendLimits = {
  lookupMs: 1_000,
  connectMs: 3_000,
  answerMs: 10_000,
  sendingMax: 4,
  breakerCallsMin: 3,
  breakerWindowMs: 60_000,
  breakerResetMs: 30_000,
};
