/** A way to a server that a test can cut and mend: connections break, and new ones are refused until then. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export type Way = { readonly url: string; cut(): void; mend(): Promise<void> };

/** @param target address of the server, whose user, password and path the way's own address keeps */
export async function openWay(target: string): Promise<Way> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let server: Server;
  let ownPort = 0;
  const mend = async (): Promise<void> => {
    server = createServer((near) => {
      const far = connect(Number(port), hostname);
      for (const [one, other] of [[near, far], [far, near]] as const) {
        sockets.add(one);
        one.on("error", () => undefined).on("close", () => {
          sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    }).listen(ownPort, "127.0.0.1");
    await once(server, "listening");
    ownPort = (server.address() as AddressInfo).port;
  };
  await mend();
  const address = new URL(target);
  address.host = `127.0.0.1:${ownPort}`;
  return {
    url: address.href,
    mend,
    cut: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
