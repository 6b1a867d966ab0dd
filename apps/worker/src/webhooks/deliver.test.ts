import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { WebhookDeliveryView, WebhookView } from "@levain/contracts";
import type { Consumer } from "@levain/queue";
import { guardAddresses } from "@levain/sources";
import { openSender, webhookSecret, type Sender } from "@levain/webhooks";
import pg from "pg";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { openSampleFleet, TENANT, type SampleFleet } from "../repair/sample-fleet.js";
import { consumeDeliveries, wireDeliver } from "./wire.js";

const FLEET_SECRET = "the fleet's own secret of these tests";

type Came = { readonly headers: IncomingHttpHeaders; readonly body: string };

let fleet: SampleFleet;
let receiver: Server;
let port: number;
let came: Came[];
let answer: () => { status: number; headers?: Record<string, string> };
let lines: { sentence: string; fields: Record<string, unknown> }[];
let sender: Sender;
let consumer: Consumer;

beforeEach(async () => {
  fleet = await openSampleFleet(inject("postgresUrl"), inject("redisUrl"));
  // The first repair of a fleet finds a Redis that knows nothing yet.
  await fleet.repair();
  [came, lines, answer] = [[], [], () => ({ status: 204 })];
  await listen(0);
  openWorker(["localhost"]);
});
afterEach(async () => {
  await consumer.close();
  await sender.close();
  await hangUp();
  await fleet.close();
});

/** What a worker process has of it. @param allow addresses that are not public and may be connected to */
function openWorker(allow: readonly string[]): void {
  const log = (sentence: string, fields: Record<string, unknown> = {}): void => void lines.push({ sentence, fields });
  sender = openSender({ guard: guardAddresses(allow) });
  consumer = consumeDeliveries(
    { redisUrl: inject("redisUrl"), prefix: fleet.prefix, concurrency: 8 },
    wireDeliver({ db: fleet.db, sender, observe: () => undefined }, FLEET_SECRET, { info: log, warn: log }),
  );
}

async function listen(at: number): Promise<void> {
  receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    came.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    const { status, headers } = answer();
    response.writeHead(status, headers).end();
  }).listen(at, "127.0.0.1");
  await once(receiver, "listening");
  port = (receiver.address() as AddressInfo).port;
}

async function hangUp(): Promise<void> {
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
}

async function addWebhook(url = `http://localhost:${port}/hooks`): Promise<WebhookView> {
  const added = await fleet.bakery.addWebhook({ url, kinds: ["run.finished", "product.drifted"] });
  if (!added) throw new Error("expected a webhook");
  return added.webhook;
}

/** Ends a run, which is told in its transaction, and has the leader tell the queue. */
async function endRun(): Promise<string> {
  const runId = await fleet.acceptRun();
  await fleet.bakery.cancelRun(runId);
  await fleet.repair();
  return runId;
}

const deliveriesOf = async ({ id }: WebhookView): Promise<readonly WebhookDeliveryView[]> => (await fleet.bakery.webhookDeliveries(id, { limit: 100 })).items;

const until = (webhook: WebhookView, claim: (delivery: WebhookDeliveryView | undefined) => boolean): Promise<boolean> =>
  vi.waitUntil(async () => claim((await deliveriesOf(webhook))[0]), { timeout: 30_000, interval: 20 });

/** Lets what waits for its next attempt have it now. */
const promote = async (): Promise<void> => void (await fleet.queues.boardQueues().find(({ name }) => name === "deliver-webhook")?.promoteJobs());

const verified = ({ headers, body }: Came, webhook: WebhookView): unknown => new Webhook(webhookSecret(FLEET_SECRET, webhook.id, 1)).verify(body, headers as Record<string, string>);

describe("a webhook", () => {
  test("is told that a run has ended, signed so that the receiver's library verifies it, and never again", async () => {
    const webhook = await addWebhook();
    const runId = await endRun();
    await until(webhook, (delivery) => delivery?.status === "delivered");
    const [told = { headers: {}, body: "" }] = came;
    expect(verified(told, webhook)).toMatchObject({ type: "run.finished", data: { tenantId: TENANT, runId, status: "cancelled" } });
    expect(told.headers["webhook-id"]).toBe((await deliveriesOf(webhook))[0]?.messageId);
    await fleet.repair();
    await promote();
    expect(await fleet.queues.depth()).toEqual((await fleet.queues.depth()).map((each) => (each.queue === "deliver-webhook" ? { ...each, count: 0 } : each)));
    expect(came).toHaveLength(1);
    expect(lines.map(({ sentence }) => sentence)).toEqual(["webhook delivered"]);
  });

  test("is told in every message whose it is, whoever wrote that", async () => {
    const webhook = await addWebhook();
    await sql(`SELECT tell_webhooks('${TENANT}', 'product.drifted', 'rye 2026-05-01', '{"productId":"rye"}')`);
    await fleet.repair();
    await until(webhook, (delivery) => delivery?.status === "delivered");
    expect(came.map((each) => verified(each, webhook))).toEqual([expect.objectContaining({ type: "product.drifted", data: { tenantId: TENANT, productId: "rye" } })]);
  });

  test("whose receiver is down is delivered once it is back, under the same id", async () => {
    const webhook = await addWebhook();
    answer = () => ({ status: 500 });
    await endRun();
    await until(webhook, (delivery) => delivery?.attempts === 1);
    await hangUp();
    await promote();
    await until(webhook, (delivery) => delivery?.attempts === 2);
    expect((await deliveriesOf(webhook))[0]).toMatchObject({ status: "pending", statusCode: null, failureCode: "webhook.unavailable", nextAttemptAt: expect.any(String) });
    await listen(port);
    answer = () => ({ status: 200 });
    await promote();
    await until(webhook, (delivery) => delivery?.status === "delivered");
    expect(new Set(came.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(came.map((each) => verified(each, webhook))).toHaveLength(2);
    expect((await deliveriesOf(webhook))[0]).toMatchObject({ attempts: 3, statusCode: 200, failureCode: null });
  });

  test("is told though Redis is wiped before it was, or between two attempts", async () => {
    const webhook = await addWebhook();
    answer = () => ({ status: 503 });
    await endRun();
    await until(webhook, (delivery) => delivery?.attempts === 1);
    await fleet.wipe();
    answer = () => ({ status: 204 });
    await fleet.repair();
    await promote();
    await until(webhook, (delivery) => delivery?.status === "delivered");
    expect(new Set(came.map(({ headers }) => headers["webhook-id"])).size).toBe(1);

    await fleet.bakery.testWebhook(webhook.id);
    await fleet.wipe();
    await fleet.repair();
    await until(webhook, (delivery) => delivery?.kind === "webhook.test" && delivery.status === "delivered");
  });

  test("is told though the queue lost its job", async () => {
    const webhook = await addWebhook();
    answer = () => ({ status: 500 });
    await endRun();
    await until(webhook, (delivery) => delivery?.attempts === 1);
    answer = () => ({ status: 204 });
    const queue = fleet.queues.boardQueues().find(({ name }) => name === "deliver-webhook");
    for (const job of (await queue?.getDelayed()) ?? []) await job.remove();
    // The next repair finds it lost and the one after that finds it untold, or the same one does.
    for (let time = 0; time < 2; time++) await fleet.repair();
    await promote();
    await until(webhook, (delivery) => delivery?.status === "delivered");
    expect(fleet.repaired).toMatchObject({ "lost-delivery": 1 });
  });

  test("has no more attempts for being put back: those of before count", async () => {
    const webhook = await addWebhook();
    answer = () => ({ status: 500 });
    await endRun();
    await until(webhook, (delivery) => delivery?.attempts === 1);
    await sql("UPDATE webhook_deliveries SET attempts = 14");
    await fleet.wipe();
    await fleet.repair();
    await promote();
    await until(webhook, (delivery) => delivery?.status === "failed");
    expect((await deliveriesOf(webhook))[0]).toMatchObject({ attempts: 15, statusCode: 500, failureCode: "webhook.unavailable" });
  });

  test("whose address stands for a private network is refused, and visibly so", async () => {
    await consumer.close();
    await sender.close();
    openWorker([]);
    for (const url of [`http://localhost:${port}/hooks`, `http://127.0.0.1:${port}/`, "http://169.254.169.254/latest/meta-data", "http://[::ffff:10.0.0.1]/"]) {
      const webhook = await addWebhook(url);
      await endRun();
      await until(webhook, (delivery) => delivery?.status === "failed");
      expect((await deliveriesOf(webhook))[0], url).toMatchObject({ failureCode: "webhook.forbidden-address", statusCode: null, attempts: 1 });
      await fleet.bakery.deleteWebhook(webhook.id);
    }
    expect(came).toEqual([]);
  });

  test("that redirects is not followed", async () => {
    const webhook = await addWebhook();
    answer = () => ({ status: 307, headers: { location: `http://localhost:${port}/elsewhere` } });
    await endRun();
    await until(webhook, (delivery) => delivery?.attempts === 1);
    expect((await deliveriesOf(webhook))[0]).toMatchObject({ status: "pending", statusCode: 307, failureCode: "webhook.rejected" });
    expect(came).toHaveLength(1);
  });

  test("that answers 410 is disabled", async () => {
    const webhook = await addWebhook();
    answer = () => ({ status: 410 });
    await endRun();
    await until(webhook, (delivery) => delivery?.status === "failed");
    expect((await fleet.bakery.webhook(webhook.id))?.webhook).toMatchObject({ disabledReason: "gone" });
    await endRun();
    expect(await deliveriesOf(webhook)).toHaveLength(1);
  });

  test("that asks for time is given it", async () => {
    const webhook = await addWebhook();
    answer = () => ({ status: 429, headers: { "retry-after": "3600" } });
    await endRun();
    await until(webhook, (delivery) => delivery?.attempts === 1);
    const [delivery] = await deliveriesOf(webhook);
    expect(Date.parse(delivery?.nextAttemptAt ?? "") - Date.parse(delivery?.attemptedAt ?? "")).toBeGreaterThanOrEqual(3_600_000);
  });

  test("that is dead does not hold up another", async () => {
    const dead = await addWebhook("http://localhost:1/");
    for (let number = 0; number < 20; number++) await fleet.bakery.testWebhook(dead.id);
    const alive = await addWebhook();
    await endRun();
    await until(alive, (delivery) => delivery?.status === "delivered");
    await until(dead, (delivery) => delivery?.status === "pending");
  });

  test("is deleted with all that was to be told to it", async () => {
    const webhook = await addWebhook();
    answer = () => ({ status: 500 });
    await endRun();
    await until(webhook, (delivery) => delivery?.attempts === 1);
    await fleet.bakery.deleteWebhook(webhook.id);
    await promote();
    await until(webhook, (delivery) => delivery?.status === "failed");
    expect((await deliveriesOf(webhook))[0]).toMatchObject({ failureCode: "webhook.disabled" });
    expect(came).toHaveLength(1);
  });

  test("is named in the log by its id alone: neither its address nor what signs is told", async () => {
    const webhook = await addWebhook(`http://localhost:${port}/hooks/canary?token=canary`);
    answer = () => (came.length > 1 ? { status: 204 } : { status: 500 });
    await endRun();
    await until(webhook, (delivery) => delivery?.attempts === 1);
    await promote();
    await until(webhook, (delivery) => delivery?.status === "delivered");
    expect(lines.length).toBeGreaterThanOrEqual(2);
    expect(JSON.stringify(lines)).not.toMatch(/canary|whsec_/);
  });
});

async function sql(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: fleet.databaseUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
}
