import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { endLeftover, freePort, isAlive, openServerProcess, StartError } from "./server-process.js";
import { openRedis } from "./redis.js";

it("embedded servers · are there for every test", () => {
  expect(inject("postgresUrl")).toMatch(/^postgresql:/);
  expect(inject("redisUrl")).toMatch(/^redis:/);
});

it("a server that ends at once · fails with its last words, not with a time-out", async () => {
  const failing = openServerProcess({ name: "Shell", command: "sh", args: ["-c", "echo no such luck >&2; exit 3"], readyText: "ready", stopSignal: "SIGTERM" });
  await expect(failing).rejects.toThrow(StartError);
  await expect(failing).rejects.toThrow(/code 3.*\n?no such luck/s);
});

it("a Redis left behind by a killed start · is ended by the next one, which keeps its data folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "levain-leftover-"));
  const leftover = await openRedis({ folder, port: await freePort() });
  const said: string[] = [];
  const next = await openRedis({ folder, port: await freePort(), say: (message) => said.push(message) });
  expect(isAlive(leftover.pid)).toBe(false);
  expect(said.join()).toContain(String(leftover.pid));
  await next.close();
  await rm(folder, { recursive: true });
});

it("a pid file naming a stranger's process · is left alone", async () => {
  const folder = await mkdtemp(join(tmpdir(), "levain-stranger-"));
  const file = join(folder, "server.pid");
  await import("node:fs/promises").then(({ writeFile }) => writeFile(file, `${process.pid}\n`));
  expect(await endLeftover(file, "no-such-server", "SIGTERM")).toBeNull();
  await rm(folder, { recursive: true });
});
