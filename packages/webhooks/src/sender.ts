/**
 * One message to one receiver, once: signed as Standard Webhooks has it, over a connection that was checked when it was
 * made, in time, without following a redirect, and without reading more of the answer than its status. Nothing is retried.
 */
import { once } from "node:events";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { LookupFunction } from "node:net";
import { Failure } from "@levain/contracts";
import { got, type Response } from "got";
import { Webhook } from "standardwebhooks";
import { failureOfPost, failureOfStatus } from "./faults.js";
import { SEND_LIMITS, type SendLimits } from "./limits.js";
import { openReceivers } from "./receivers.js";

/** Which addresses may be connected to. */
export type AddressGuard = {
  /** @throws Failure for what the address says by itself */
  check(url: URL): void;
  /** Refuses a name that stands for an address that may not be connected to. */
  readonly lookup: LookupFunction;
};

export type Receiver = {
  readonly id: string;
  readonly url: string;
  /** All that sign: more than one while a rotation lasts. */
  readonly secrets: readonly string[];
};

export type Message = {
  /** The same on every attempt. */
  readonly id: string;
  readonly type: string;
  readonly occurredAt: Date;
  readonly data: unknown;
};

export type Sender = {
  /** @returns the receiver's status, 2xx. @throws Failure of a `webhook.*` code, or why `signal` was aborted */
  send(receiver: Receiver, message: Message, signal: AbortSignal): Promise<number>;
  close(): Promise<void>;
};

export type SenderOptions = {
  readonly guard: AddressGuard;
  readonly limits?: Partial<SendLimits> | undefined;
  readonly now?: (() => Date) | undefined;
};

export function openSender({ guard, limits: given, now = () => new Date() }: SenderOptions): Sender {
  const limits = { ...SEND_LIMITS, ...given };
  const agents = { http: new HttpAgent({ lookup: guard.lookup }), https: new HttpsAgent({ lookup: guard.lookup }) };
  const receivers = openReceivers(limits);
  const closing = new AbortController();

  const post = async (url: URL, headers: Record<string, string>, body: string, signal: AbortSignal): Promise<number> => {
    const stream = got.stream.post(url, {
      agent: agents,
      headers,
      body,
      retry: { limit: 0 },
      followRedirect: false,
      throwHttpErrors: false,
      timeout: { lookup: limits.lookupMs, connect: limits.connectMs, secureConnect: limits.connectMs, request: limits.answerMs },
      signal,
    });
    // An error is seen by whoever awaits the stream; after the answer nobody listens.
    stream.on("error", () => {});
    try {
      const [{ statusCode, headers: answered }] = (await once(stream, "response")) as [Response];
      if (statusCode >= 200 && statusCode < 300) return statusCode;
      throw failureOfStatus(statusCode, answered["retry-after"], now().getTime());
    } finally {
      stream.destroy();
    }
  };

  return {
    send: (receiver, message, callersSignal) => {
      const signal = AbortSignal.any([callersSignal, closing.signal]);
      return receivers.run(receiver.id, async () => {
        try {
          const url = new URL(receiver.url);
          guard.check(url);
          const body = JSON.stringify({ type: message.type, timestamp: message.occurredAt.toISOString(), data: message.data });
          return await post(url, headersOf(receiver.secrets, message.id, body, now()), body, signal);
        } catch (thrown) {
          throw failureOfPost(thrown, signal);
        }
      });
    },
    close: async () => {
      closing.abort(new Failure("process.stopping", "the sender is closed"));
      receivers.close();
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

/** @param at of this attempt: a receiver refuses what is old, so that nobody can play it again */
const headersOf = (secrets: readonly string[], messageId: string, body: string, at: Date): Record<string, string> => ({
  "content-type": "application/json",
  "user-agent": "levain",
  "webhook-id": messageId,
  "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
  "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(messageId, at, body)).join(" "),
});
