/** PostgreSQL's protocol as a proxy sees it: whole messages out of pieces, and which of them end a commit. */

export type Frame = { readonly type: string; readonly body: Buffer };

export type Frames = { push(bytes: Buffer): Frame[] };

/** A message is a type byte and a length that counts itself; the first one of a client has no type. */
export function createFrames({ hasStartup }: { readonly hasStartup: boolean }): Frames {
  let rest: Buffer = Buffer.alloc(0);
  let isStartup = hasStartup;
  return {
    push(bytes) {
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      const frames: Frame[] = [];
      for (;;) {
        const lengthAt = isStartup ? 0 : 1;
        if (rest.length < lengthAt + 4) return frames;
        const end = lengthAt + rest.readInt32BE(lengthAt);
        if (rest.length < end) return frames;
        frames.push({ type: isStartup ? "startup" : String.fromCharCode(rest[0] ?? 0), body: rest.subarray(lengthAt + 4, end) });
        rest = rest.subarray(end);
        isStartup = false;
      }
    },
  };
}

const COMMIT_CALL = "commit_product_training";

const isStatement = ({ type }: Frame): boolean => type === "P" || type === "Q";

/** Whether a client's message asks for the function that ends a product training. */
export const isCommitCall = (frame: Frame): boolean => isStatement(frame) && frame.body.includes(COMMIT_CALL);

/** Whether a client's message, after the call, lets it become permanent: its Sync, or the COMMIT of the transaction around it. */
export const makesPermanent = (frame: Frame, isInTransaction: boolean): boolean =>
  isInTransaction ? isStatement(frame) && /^\0?COMMIT/i.test(frame.body.toString("latin1")) : frame.type === "S" || frame.type === "Q";

const IDLE = "I".charCodeAt(0);

/** What a server's message says of the transaction; null when it says nothing. */
export const transactionAfter = (frame: Frame): "open" | "over" | null => (frame.type !== "Z" ? null : frame.body[0] === IDLE ? "over" : "open");
