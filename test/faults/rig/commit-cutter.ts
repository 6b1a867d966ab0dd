/**
 * Cuts a connection to PostgreSQL between a commit and its answer.
 *
 *     after   the server has committed; the answer is thrown away and the connection broken: surely committed, never told
 *     before  the connection is broken as soon as the commit is asked for: whether it happens is the server's secret
 */
import { createFrames, isCommitCall, makesPermanent, transactionAfter } from "./frames.js";
import type { Watcher } from "./tcp-proxy.js";

export type CutMoment = "before" | "after";

export type CommitCutter = {
  readonly watcher: Watcher;
  /** Cuts so far. */
  cuts(): Readonly<Record<CutMoment, number>>;
};

/** @param decide asked at each commit: when to cut it, or null to let it pass */
export function createCommitCutter(decide: () => CutMoment | null): CommitCutter {
  const cuts = { before: 0, after: 0 };
  const watcher: Watcher = (connection) => {
    const client = createFrames({ hasStartup: true });
    const server = createFrames({ hasStartup: false });
    /** What was decided for the commit that is under way. */
    let moment: CutMoment | null = null;
    let isInTransaction = false;

    const cut = (at: CutMoment): void => {
      cuts[at] += 1;
      moment = null;
      connection.cut();
    };
    return {
      fromClient: (bytes) => {
        let isAsked = false;
        for (const frame of client.push(bytes)) {
          if (moment === null && isCommitCall(frame)) moment = decide();
          if (moment === "before" && makesPermanent(frame, isInTransaction)) isAsked = true;
        }
        connection.toServer(bytes);
        // The bytes leave first: what is broken is the way back.
        if (isAsked) setImmediate(() => cut("before"));
      },
      fromServer: (bytes) => {
        let isCommitted = false;
        for (const frame of server.push(bytes)) {
          const transaction = transactionAfter(frame);
          if (transaction === null) continue;
          isInTransaction = transaction === "open";
          if (moment === "after" && transaction === "over") isCommitted = true;
        }
        if (isCommitted) cut("after");
        else connection.toClient(bytes);
      },
    };
  };
  return { watcher, cuts: () => ({ ...cuts }) };
}
