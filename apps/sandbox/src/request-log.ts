/** How often each bakery was asked for what, and over how many connections: what a test asks to see that a run fetches once. */
import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { AskedFor, RequestKind } from "./faults.js";

export type RequestCounts = {
  /** Requests per tenant and kind. */
  readonly tenants: Readonly<Record<string, Readonly<Partial<Record<RequestKind, number>>>>>;
  readonly connections: { readonly accepted: number; readonly open: number; readonly openMax: number };
};

export type RequestLog = { note(asked: AskedFor): void; counts(): RequestCounts };

export function createRequestLog(server: Server): RequestLog {
  const tenants: Record<string, Partial<Record<RequestKind, number>>> = {};
  const connections = { accepted: 0, open: 0, openMax: 0 };
  server.on("connection", (socket: Socket) => {
    connections.accepted += 1;
    connections.open += 1;
    connections.openMax = Math.max(connections.openMax, connections.open);
    socket.once("close", () => (connections.open -= 1));
  });
  return {
    note: ({ tenant, source }) => {
      const counts = (tenants[tenant] ??= {});
      counts[source] = (counts[source] ?? 0) + 1;
    },
    counts: () => ({ tenants: structuredClone(tenants), connections: { ...connections } }),
  };
}
