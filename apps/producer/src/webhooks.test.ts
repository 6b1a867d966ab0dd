import { webhookSecret } from "@levain/webhooks";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openSampleProducer, TENANT, WEBHOOK_SECRET, type SampleProducer } from "./sample-producer.js";

let producer: SampleProducer;
beforeAll(async () => {
  producer = await openSampleProducer({ postgresUrl: inject("postgresUrl"), redisUrl: inject("redisUrl") });
});
afterAll(() => producer.close());

const WEBHOOKS = `/v1/tenants/${TENANT}/webhooks`;
const NEW = { url: "https://shop.example/hooks?token=canary", kinds: ["run.finished"] };

type Method = "GET" | "POST" | "DELETE";
const ask = (method: Method, url: string, payload?: object, headers = producer.tenant) => producer.server.inject({ method, url, headers, ...(payload && { payload }) });
const added = async () => (await ask("POST", WEBHOOKS, NEW)).json() as { id: string; secret: string };

describe("a webhook's secret", () => {
  test("is shown when it is added or rotated, and never again", async () => {
    const answer = await ask("POST", WEBHOOKS, NEW);
    expect([answer.statusCode, answer.headers["cache-control"]]).toEqual([201, "no-store"]);
    const { id, secret } = answer.json();
    expect(secret).toBe(webhookSecret(WEBHOOK_SECRET, id, 1));
    const rotated = await ask("POST", `${WEBHOOKS}/${id}/rotate-secret`);
    expect(rotated.json()).toMatchObject({ secret: webhookSecret(WEBHOOK_SECRET, id, 2), previousSecretUntil: expect.any(String) });
    const others = await Promise.all([ask("GET", WEBHOOKS), ask("POST", `${WEBHOOKS}/${id}/enable`), ask("POST", `${WEBHOOKS}/${id}/test`), ask("GET", `${WEBHOOKS}/${id}/deliveries`)]);
    for (const { statusCode, body } of others) expect([statusCode < 300, body.includes("whsec_")]).toEqual([true, false]);
    expect(JSON.stringify(producer.log())).not.toMatch(/whsec_|canary/);
  });

  test("cannot be made by a service that was given none of its own, which says so", async () => {
    const bare = await openSampleProducer({ postgresUrl: inject("postgresUrl"), redisUrl: inject("redisUrl"), settings: { webhookSecret: undefined } });
    const answer = await bare.server.inject({ method: "POST", url: WEBHOOKS, headers: bare.tenant, payload: NEW });
    expect([answer.statusCode, answer.json().title]).toEqual([503, "Webhooks are not set up"]);
    expect(await bare.db.forTenant(TENANT).webhooks()).toEqual([]);
    await bare.close();
  });
});

describe("a webhook", () => {
  test("wants everything unless it says what", async () => {
    expect((await ask("POST", WEBHOOKS, { url: NEW.url })).json().kinds).toEqual(["run.finished", "product.drifted", "artifact.refused"]);
  });

  test.each([
    "ftp://shop.example/",
    "https://anna:secret@shop.example/",
    "https://anna@shop.example",
    "/hooks",
    "javascript:alert(1)",
    `https://shop.example/${"x".repeat(2_048)}`,
  ])("may not have the address %s", async (url) => {
    const answer = await ask("POST", WEBHOOKS, { url });
    expect([answer.statusCode, answer.json().errors?.[0]?.path]).toEqual([400, "body.url"]);
  });

  test("of another tenant, or one that was deleted, is nobody's", async () => {
    const { id } = await added();
    const { id: delivery } = (await ask("POST", `${WEBHOOKS}/${id}/test`)).json();
    const asked = [["POST", `/${id}/rotate-secret`], ["POST", `/${id}/enable`], ["POST", `/${id}/test`], ["GET", `/${id}/deliveries`], ["POST", `/${id}/deliveries/${delivery}/redeliver`], ["DELETE", `/${id}`]] as const;
    const statuses = (base: string, headers: { authorization: string }) => asked.map(async ([method, path]) => (await ask(method, `${base}${path}`, undefined, headers)).statusCode);
    expect(await Promise.all(statuses("/v1/tenants/other-bakery/webhooks", producer.otherTenant))).toEqual([404, 404, 404, 404, 404, 404]);
    expect((await ask("DELETE", `${WEBHOOKS}/${id}`)).statusCode).toBe(204);
    expect(await Promise.all(statuses(WEBHOOKS, producer.tenant))).toEqual([404, 404, 404, 404, 404, 404]);
    expect((await ask("GET", WEBHOOKS)).body).not.toContain(id);
  });

  test("is tested at once: what is to be told is on the queue with the answer, and noted to be there", async () => {
    const { id } = await added();
    const answer = await ask("POST", `${WEBHOOKS}/${id}/test`);
    expect([answer.statusCode, answer.json()]).toEqual([202, expect.objectContaining({ webhookId: id, kind: "webhook.test", status: "pending", messageId: expect.stringMatching(/^msg_/) })]);
    const job = await producer.deps.boardQueues().find(({ name }) => name === "deliver-webhook")?.getJob(`w_${answer.json().id}_g1`);
    expect(job?.data).toEqual({ version: 1, deliveryId: answer.json().id, generation: 1 });
    expect((await producer.db.deliveries.untold(100)).map(({ deliveryId }) => deliveryId)).not.toContain(answer.json().id);
  });

  test("is told once more what has failed, under the same id, and not while that is pending or while it is disabled", async () => {
    const { id } = await added();
    const delivery = (await ask("POST", `${WEBHOOKS}/${id}/test`)).json();
    const redeliver = () => ask("POST", `${WEBHOOKS}/${id}/deliveries/${delivery.id}/redeliver`);
    expect((await redeliver()).json()).toMatchObject({ status: 409, title: "The delivery is pending" });
    await producer.db.deliveries.failed({ deliveryId: delivery.id, generation: 1 }, { code: "webhook.gone", statusCode: 410 });
    expect((await redeliver()).json()).toMatchObject({ status: 409, title: "The webhook is disabled" });
    expect((await ask("POST", `${WEBHOOKS}/${id}/test`)).statusCode).toBe(409);
    expect((await ask("POST", `${WEBHOOKS}/${id}/enable`)).json()).toMatchObject({ disabledReason: null });
    expect((await redeliver()).json()).toMatchObject({ id: delivery.id, messageId: delivery.messageId, status: "pending", attempts: 0 });
    expect((await ask("GET", `${WEBHOOKS}/${id}/deliveries`)).json().items).toHaveLength(1);
  });
});
