import { connect, type AddressInfo } from "node:net";
import { fastify } from "fastify";
import { expect, test } from "vitest";
import { limitBodyTimes } from "./body-deadline.js";

test("a body that comes too late is answered with 408, on a route that gives it longer it may take longer", async () => {
  const server = fastify();
  limitBodyTimes(server, 100);
  server.post("/usual", async () => "taken");
  server.post("/upload", { config: { bodyWithinMs: 60_000 } }, async () => "taken");
  await server.listen({ host: "127.0.0.1", port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const begin = (path: string) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const answer = new Promise<string>((resolve) => socket.once("data", (data) => resolve(data.toString())));
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{`);
    return { answer, end: () => socket.write("}") };
  };
  const [usual, upload, inTime] = [begin("/usual"), begin("/upload"), begin("/usual")];
  inTime.end();
  expect(await inTime.answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(await usual.answer).toMatch(/^HTTP\/1\.1 408 /);
  upload.end();
  expect(await upload.answer).toMatch(/^HTTP\/1\.1 200 /);
  await server.close();
});
