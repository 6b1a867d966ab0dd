/**
 * What can happen to a TCP connection, done on purpose, in front of a server.
 *
 *     pass         bytes flow
 *     black-hole   nothing flows and nobody is told; what was said flows on when the hole closes, as after a lost route
 *     refuse       nobody listens; connections that stand go on
 *
 * `cut` breaks the connections that stand. A watcher sees each connection's bytes before they are passed on, and may
 * break that one connection at a moment of its choosing.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { ownPort } from "../../own-port.js";

export type ProxyMode = "pass" | "black-hole" | "refuse";

/** One connection through the proxy, as a watcher has it. */
export type Watched = {
  /** Passes bytes of the client on to the server. */
  toServer(bytes: Buffer): void;
  /** Passes bytes of the server on to the client. */
  toClient(bytes: Buffer): void;
  /** Breaks the connection on both sides. */
  cut(): void;
};

/** Takes over a connection: it must pass on what it wants to arrive. */
export type Watcher = (connection: Watched) => { fromClient(bytes: Buffer): void; fromServer(bytes: Buffer): void };

export type TcpProxy = {
  readonly port: number;
  set(mode: ProxyMode): Promise<void>;
  /** Milliseconds that every piece is late, in both directions. */
  delay(ms: number): void;
  /** Bytes per second and direction; Infinity for none. */
  throttle(bytesPerSecond: number): void;
  /** Watches the connections made from now on. */
  watch(watcher: Watcher | null): void;
  /** Breaks every connection; returns how many there were. */
  cut(): number;
  /** Connections that stand. */
  connections(): number;
  close(): Promise<void>;
};

type Link = { readonly client: Socket; readonly server: Socket };

export async function openProxy(target: { readonly port: number; readonly host?: string }): Promise<TcpProxy> {
  const links = new Set<Link>();
  const wire = { mode: "pass" as ProxyMode, delayMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY };
  let watcher: Watcher | null = null;

  const listener = createServer({ allowHalfOpen: false }, (client) => {
    const server = connect(target.port, target.host ?? "127.0.0.1");
    const link = { client, server };
    links.add(link);
    const end = (): void => {
      links.delete(link);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on("error", end);
      socket.on("close", end);
      if (wire.mode === "black-hole") socket.pause();
    }
    const toServer = slowly(server, wire);
    const toClient = slowly(client, wire);
    const watched = watcher?.({ toServer, toClient, cut: end });
    client.on("data", watched ? (bytes: Buffer) => watched.fromClient(bytes) : toServer);
    server.on("data", watched ? (bytes: Buffer) => watched.fromServer(bytes) : toClient);
    if (wire.mode === "black-hole") for (const socket of [client, server]) socket.pause();
  });
  // Nobody else may have it while nobody listens.
  const port = await ownPort();
  listener.listen(port, "127.0.0.1");
  await once(listener, "listening");

  return {
    port,
    set: async (mode) => {
      const wasRefusing = wire.mode === "refuse";
      wire.mode = mode;
      const sockets = [...links].flatMap(({ client, server }) => [client, server]);
      for (const socket of sockets) if (mode === "black-hole") socket.pause(); else socket.resume();
      if (mode === "refuse" && !wasRefusing) listener.close();
      if (mode !== "refuse" && wasRefusing) {
        listener.listen(port, "127.0.0.1");
        await once(listener, "listening");
      }
    },
    delay: (ms) => void (wire.delayMs = ms),
    throttle: (bytesPerSecond) => void (wire.bytesPerSecond = bytesPerSecond),
    watch: (next) => void (watcher = next),
    cut: () => {
      const count = links.size;
      for (const { client, server } of links) for (const socket of [client, server]) socket.destroy();
      return count;
    },
    connections: () => links.size,
    close: async () => {
      for (const { client, server } of links) for (const socket of [client, server]) socket.destroy();
      if (listener.listening) await new Promise((resolve) => listener.close(resolve));
    },
  };
}

/** Writes in order, each piece as late and as slowly as the wire says when it comes. */
function slowly(socket: Socket, wire: { delayMs: number; bytesPerSecond: number }): (bytes: Buffer) => void {
  let last: Promise<void> = Promise.resolve();
  let queued = 0;
  return (bytes) => {
    const ms = wire.delayMs + (1000 * bytes.length) / wire.bytesPerSecond;
    if (ms < 1 && queued === 0) return void socket.write(bytes);
    queued += 1;
    last = last.then(async () => {
      await pause(ms);
      queued -= 1;
      if (!socket.destroyed) socket.write(bytes);
    });
  };
}
