/**
 * A till that answers the sales contract in every wrong way a real one has been seen to: each product is one of them.
 * What an answer should come to stands beside it.
 */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { addDays } from "@levain/calendar";
import { startFairClock } from "../../fair-clock.js";

export type Oddity = {
  readonly productId: string;
  /** How its training ends: with a model, not trained for a reason, or failed with a code. */
  readonly ends: { readonly status: "trained" | "skipped"; readonly reason?: string } | { readonly status: "failed"; readonly code: string };
  answer(response: ServerResponse, days: readonly string[]): void;
};

export type OddTill = { readonly url: string; /** Of fair time. */ readonly slowestMs: () => number; readonly mostBytes: () => number; close(): Promise<void> };

const json = (response: ServerResponse, body: string): void => void response.writeHead(200, { "content-type": "application/json" }).end(body);
const rows = (list: readonly unknown[]): string => JSON.stringify({ kind: "daily", rows: list, nextCursor: null });
const usual = (days: readonly string[]): { date: string; quantity: number }[] => days.map((date, index) => ({ date, quantity: 10 + (index % 7) }));

const TRICKLE_EVERY_MS = 1_000;
const HUGE_BYTES = 50 * 1024 * 1024;

export const ODDITIES: readonly Oddity[] = [
  { productId: "sound", ends: { status: "trained" }, answer: (response, days) => json(response, rows(usual(days))) },
  { productId: "unordered-twice", ends: { status: "trained" }, answer: (response, days) => json(response, rows([...usual(days).reverse(), ...usual(days)])) },
  { productId: "negative", ends: { status: "trained" }, answer: (response, days) => json(response, rows(usual(days).map((row, index) => (index % 20 === 0 ? { ...row, quantity: -3 } : row)))) },
  { productId: "absurd", ends: { status: "trained" }, answer: (response, days) => json(response, rows(usual(days).map((row, index) => (index === 30 ? { ...row, quantity: 1e12 } : row)))) },
  { productId: "beyond-number", ends: { status: "failed", code: "source.malformed" }, answer: (response, days) => json(response, rows(usual(days)).replaceAll(/"quantity":\d+/g, '"quantity":1e999')) },
  { productId: "not-a-number", ends: { status: "failed", code: "source.malformed" }, answer: (response, days) => json(response, rows(usual(days)).replaceAll(/"quantity":\d+/g, '"quantity":NaN')) },
  { productId: "words", ends: { status: "failed", code: "source.malformed" }, answer: (response, days) => json(response, rows(usual(days).map((row) => ({ ...row, quantity: "many" })))) },
  { productId: "ten-years-ago", ends: { status: "skipped" }, answer: (response, days) => json(response, rows(days.map((date) => ({ date: addDays(date, -3_652), quantity: 9 })))) },
  { productId: "nothing", ends: { status: "skipped" }, answer: (response) => json(response, rows([])) },
  { productId: "half", ends: { status: "failed", code: "source.malformed" }, answer: (response, days) => json(response, rows(usual(days)).slice(0, 300)) },
  { productId: "a-page", ends: { status: "failed", code: "source.malformed" }, answer: (response) => void response.writeHead(200, { "content-type": "text/html" }).end("<html><body>Please log in</body></html>") },
  { productId: "another-shape", ends: { status: "failed", code: "source.malformed" }, answer: (response) => json(response, '{"data": [1, 2, 3]}') },
  { productId: "huge", ends: { status: "failed", code: "source.malformed" }, answer: (response) => pour(response) },
];

/** Trickles at its first asking, and answers well at the next. */
const TRICKLER = "trickling";

export const ODD_PRODUCT_IDS: readonly string[] = [...ODDITIES.map(({ productId }) => productId), TRICKLER];

/** @param openDays days on which the shop was open, the last one the cutoff */
export async function openOddTill(openDays: readonly string[]): Promise<OddTill> {
  const measured = { slowestMs: 0, mostBytes: 0 };
  const clock = startFairClock();
  let trickled = 0;
  const server = createServer((request, response) => {
    const startedMs = clock.passedMs();
    response.on("close", () => {
      measured.slowestMs = Math.max(measured.slowestMs, clock.passedMs() - startedMs);
      measured.mostBytes = Math.max(measured.mostBytes, response.socket?.bytesWritten ?? 0);
    });
    const path = new URL(request.url ?? "/", "http://till").pathname;
    if (path === "/products") return json(response, JSON.stringify({ products: ODD_PRODUCT_IDS.map((id) => ({ id, name: id })), nextCursor: null }));
    if (path === "/open-days") return json(response, JSON.stringify({ days: openDays, nextCursor: null }));
    const productId = /^\/products\/([^/]+)\/sales$/.exec(path)?.[1];
    if (productId === TRICKLER && (trickled += 1) === 1) return trickle(response);
    const oddity = ODDITIES.find((one) => one.productId === productId) ?? ODDITIES[0];
    return oddity?.answer(response, openDays);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    slowestMs: () => measured.slowestMs,
    mostBytes: () => measured.mostBytes,
    close: async () => {
      clock.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One byte a second: never silent, never done. */
function trickle(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  const timer = setInterval(() => response.write(" "), TRICKLE_EVERY_MS);
  response.on("close", () => clearInterval(timer));
}

function pour(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  response.write('{"kind":"daily","rows":[0');
  const piece = ",0".repeat(32_768);
  let left = HUGE_BYTES;
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= piece.length;
      if (!response.write(piece)) return void response.once("drain", more);
    }
    response.end("]}");
  };
  more();
}
