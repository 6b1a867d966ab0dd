/** A bakery's own server, told by a fleet of processes: that a run has ended, and what a worker could not note any more. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebhookDeliveryView, WebhookWithSecret } from "@levain/contracts";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { openWorld, type World, type WorldTenant } from "./world.js";

type Came = { readonly headers: IncomingHttpHeaders; readonly body: string };

describe("a bakery's webhook", () => {
  let world: World;
  let tenant: WorldTenant;
  let receiver: Server;
  let came: Came[];
  /** Answers as this says; null: not at all. */
  let answer: (number: number) => number | null;
  let webhook: WebhookWithSecret;

  beforeAll(async () => {
    world = await openWorld({ env: { WEBHOOK_SECRET: "the fleet's own secret of this story", REPAIR_EVERY_SECONDS: "0.3", LOCK_DURATION_MS: "1000" } });
    tenant = await world.addTenant("demo-bakery");
    receiver = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      came.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      const status = answer(came.length);
      if (status !== null) response.writeHead(status).end();
      receiver.emit("told");
    }).listen(0, "127.0.0.1");
    await once(receiver, "listening");
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks`;
    webhook = await tenant.api.call("POST", `/v1/tenants/${tenant.id}/webhooks`, WebhookWithSecret, { url });
  });
  afterAll(async () => {
    receiver?.closeAllConnections();
    receiver?.close();
    await world?.close();
  });
  beforeEach(() => {
    came = [];
    answer = () => 204;
  });

  const verified = ({ headers, body }: Came): unknown => new Webhook(webhook.secret).verify(body, headers as Record<string, string>);
  const delivery = async () => (await world.db.forTenant(tenant.id).webhookDeliveries(webhook.id, { limit: 1 })).items[0];

  it("is told that a run has ended, in a way that its library verifies", async () => {
    const told = once(receiver, "told");
    const run = await tenant.startRun();
    const finished = await tenant.untilFinished(run.id);
    await told;
    expect(verified(came[0] as Came)).toMatchObject({ type: "run.finished", data: { tenantId: tenant.id, runId: run.id, status: "finished", totals: finished.totals } });
    await vi.waitUntil(async () => (await delivery())?.status === "delivered", { timeout: 20_000 });
    expect(came).toHaveLength(1);
  });

  it("is told again, under the same id, what a worker sent and died before it could note it", async () => {
    answer = (number) => (number === 1 ? null : 204);
    const first = once(receiver, "told");
    await tenant.api.call("POST", `/v1/tenants/${tenant.id}/webhooks/${webhook.id}/test`, WebhookDeliveryView);
    await first;
    const [worker] = world.workers;
    if (worker) process.kill(worker.pid, "SIGKILL");
    const second = once(receiver, "told");
    await world.addWorker();
    await second;
    expect(came.map(verified)).toEqual(Array.from({ length: 2 }, () => expect.objectContaining({ type: "webhook.test" })));
    const ids = came.map(({ headers }) => headers["webhook-id"]);
    await vi.waitUntil(async () => (await delivery())?.status === "delivered", { timeout: 20_000 });
    // What a receiver that remembers ids makes of it: one message.
    expect([...new Set(ids)]).toEqual([(await delivery())?.messageId]);
  });

  it("is added, tried, looked after and deleted from the shell", async () => {
    const levain = async (...args: string[]): Promise<string> => {
      const connection = ["--tenant", tenant.id, "--url", world.url, "--folder", join(tmpdir(), "no-levain-here")];
      const child = spawn(process.execPath, ["apps/cli/dist/main.js", "webhooks", ...args, ...connection], { env: { ...process.env, LEVAIN_KEY: tenant.key } });
      let output = "";
      child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
      const [code] = (await once(child, "close")) as [number | null];
      expect(code, output).toBe(0);
      return output;
    };
    const added = await levain("add", webhook.url, "--kinds", "product.drifted");
    const [id = "", secret] = [/^[0-9a-f-]{36}$/m.exec(added)?.[0], /whsec_\S+/.exec(added)?.[0]];
    expect(await levain("list")).toContain(`${id}  ${webhook.url}  product.drifted\n`);
    const told = once(receiver, "told");
    await levain("test", id);
    await told;
    const [{ headers, body } = { headers: {}, body: "" }] = came;
    expect(new Webhook(secret ?? "").verify(body, headers as Record<string, string>)).toMatchObject({ type: "webhook.test", data: { webhookId: id } });
    await vi.waitUntil(async () => (await world.db.forTenant(tenant.id).webhookDeliveries(id, { limit: 1 })).items[0]?.status === "delivered", { timeout: 20_000 });
    expect(await levain("deliveries", id)).toMatch(/webhook\.test {2}delivered after 1 {2}204$/m);
    await levain("delete", id);
    expect(await levain("list")).not.toContain(id);
  });
});
