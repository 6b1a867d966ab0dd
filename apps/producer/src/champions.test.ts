import type { AddressInfo } from "node:net";
import { ChampionChange, ChampionView, pageOf } from "@levain/contracts";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openSampleProducer, productOf, startRunOf, TENANT, trained, trainOne, type SampleProducer } from "./sample-producer.js";

let producer: SampleProducer;
let sql: pg.Pool;
let url: string;
beforeAll(async () => {
  producer = await openSampleProducer({ postgresUrl: inject("postgresUrl"), redisUrl: inject("redisUrl"), keepsLog: false });
  sql = new pg.Pool({ connectionString: producer.databaseUrl, max: 4 });
  // A pool ends before its connections have left; the database is dropped over the last of them.
  sql.on("error", () => undefined);
  await producer.server.listen({ host: "127.0.0.1", port: 0 });
  url = `http://127.0.0.1:${(producer.server.server.address() as AddressInfo).port}/v1/tenants/${TENANT}/products`;
});
afterAll(async () => {
  await sql.end();
  await producer.close();
});

const ask = async (method: string, path: string, body?: object, headers: Record<string, string> = producer.tenant) => {
  const answer = await fetch(`${url}/${path}`, { method, headers: { ...headers, ...(body && { "content-type": "application/json" }) }, ...(body && { body: JSON.stringify(body) }) });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

/** Trains so many champions, and returns their ids, the oldest first. */
async function champions(productId: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let model = 0; model < count; model += 1) {
    await trainOne(producer.db, productId, TENANT, trained({ parentId: ids.at(-1) ?? null }));
    ids.push((await producer.db.forTenant(TENANT).championView(productId))?.modelId ?? "");
  }
  return ids;
}

/** The whole audit, the oldest first, page by page. */
async function auditOf(productId: string): Promise<ChampionChange[]> {
  const changes: ChampionChange[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page = pageOf(ChampionChange).parse((await ask("GET", `${productId}/champion-changes?limit=200${cursor && `&cursor=${cursor}`}`)).body);
    changes.push(...page.items);
    cursor = page.nextCursor;
  }
  return changes.toReversed();
}

describe("a person", () => {
  test("promotes, pins and rolls back by one call each, repeats it without harm, and finds all of it in the audit", async () => {
    const [first, second] = await champions("croissant", 2);
    const promote = () => ask("POST", `croissant/models/${first}/promote`, { reason: "sold out less" });
    expect(await promote()).toMatchObject({ status: 200, body: { productId: "croissant", modelId: first, isPinned: false, isChanged: true } });
    expect(await promote()).toMatchObject({ status: 200, body: { modelId: first, isChanged: false } });
    expect(ChampionView.parse((await ask("PUT", "croissant/pin", undefined, producer.operator)).body)).toMatchObject({ isPinned: true, isChanged: true });
    expect((await ask("PUT", "croissant/pin")).body).toMatchObject({ isPinned: true, isChanged: false });
    expect((await ask("POST", "croissant/rollback", { from: first })).body).toMatchObject({ modelId: second, isPinned: true, isChanged: true });
    expect(await ask("POST", "croissant/rollback", { from: first })).toMatchObject({ status: 409, body: { type: "urn:levain:problem:another-champion", detail: expect.stringContaining(second ?? "") } });
    expect((await ask("DELETE", "croissant/pin")).body).toMatchObject({ isPinned: false, isChanged: true });
    const audit = await auditOf("croissant");
    expect(audit.map(({ number, kind, by, reason }) => [number, kind, by.role, reason])).toEqual([
      [1, "trained", "worker", "first model"],
      [2, "trained", "worker", "first model"],
      [3, "promoted", "tenant", "sold out less"],
      [4, "pinned", "operator", "no reason given"],
      [5, "rolled-back", "tenant", "no reason given"],
      [6, "unpinned", "tenant", "no reason given"],
    ]);
    expect(audit.slice(2).every(({ by }) => /^[0-9a-f]{16}$/.test(by.keyId ?? ""))).toBe(true);
  });

  test("is told why where it cannot be: nothing before, altered bytes, no champion, no such model", async () => {
    const [only = "", other = ""] = [...(await champions("stollen", 1)), ...(await champions("bagel", 1))];
    expect(await ask("POST", "stollen/rollback")).toMatchObject({ status: 409, body: { type: "urn:levain:problem:nothing-before" } });
    await champions("stollen", 1);
    await sql.query("UPDATE models SET bytes = bytes + 1 WHERE id = $1", [only]);
    expect(await ask("POST", `stollen/models/${only}/promote`)).toMatchObject({ status: 409, body: { type: "urn:levain:problem:refused" } });
    expect(await ask("POST", "stollen/rollback")).toMatchObject({ status: 409, body: { type: "urn:levain:problem:refused" } });
    expect(await ask("POST", `stollen/models/${other}/promote`)).toMatchObject({ status: 404 });
    const accepted = await producer.db.forTenant(TENANT).acceptRun({ cutoff: "2026-05-01", trigger: "request", requestDigest: "d", deadlineAt: new Date("2100-01-01") });
    if (accepted.kind !== "accepted") throw new Error(`expected an accepted run, got ${accepted.kind}`);
    await startRunOf(producer.db, accepted.run.id, [productOf("new-bread")]);
    await producer.db.forTenant(TENANT).cancelRun(accepted.run.id);
    expect(await ask("PUT", "new-bread/pin")).toMatchObject({ status: 409, body: { type: "urn:levain:problem:no-champion" } });
    expect(await ask("PUT", "no-bread/pin")).toMatchObject({ status: 404 });
    expect(await ask("POST", "stollen/rollback", { form: "typo" })).toMatchObject({ status: 400 });
  });
});

const AT_ONCE = 64;
const ROUNDS = 4;
const READS = 10_000;

describe("the champion of a product", () => {
  test("is exactly one at each of 10,000 reads while 64 promote and roll back at once, and the audit is complete and without a gap", async () => {
    const models = await champions("baguette", 8);
    let isWriting = true;
    let reads = 0;
    let wrong = 0;
    const reading = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (isWriting || reads < READS) {
          reads += 1;
          // The one who serves, as the newest entry of the audit says in the same breath.
          const { rows } = await sql.query<{ champions: number }>(
            `SELECT count(*)::int AS champions FROM champions c
             JOIN champion_changes x ON x.tenant_id = c.tenant_id AND x.product_id = c.product_id AND x.to_model_id = c.model_id
             WHERE c.product_id = 'baguette' AND x.number = (SELECT max(number) FROM champion_changes n WHERE n.tenant_id = c.tenant_id AND n.product_id = c.product_id)`,
          );
          if (rows[0]?.champions !== 1) wrong += 1;
        }
      }),
    );
    const answers: Awaited<ReturnType<typeof ask>>[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const asked = Array.from({ length: AT_ONCE }, (_, i) =>
        i % 2 === 0
          ? ask("POST", "baguette/rollback", { reason: `${round}.${i}` })
          : ask("POST", `baguette/models/${models[(i * 5 + round) % models.length]}/promote`, { reason: `${round}.${i}` }),
      );
      answers.push(...(await Promise.all(asked)));
    }
    isWriting = false;
    await reading;

    expect([wrong, reads >= READS]).toEqual([0, true]);
    // Rolled back to the very first there is nothing before, which is an answer; anything else would be a fault.
    expect(answers.filter(({ status }) => status !== 200 && status !== 409)).toEqual([]);
    const changed = answers.filter(({ body }) => body.isChanged === true).length;
    const audit = await auditOf("baguette");
    expect(audit).toHaveLength(models.length + changed);
    expect(audit.map(({ number }) => number)).toEqual(audit.map((_, i) => i + 1));
    for (const [i, { fromModelId, toModelId }] of audit.entries()) {
      expect(fromModelId).toBe(audit[i - 1]?.toModelId ?? null);
      expect(toModelId).not.toBe(fromModelId);
    }
    expect((await producer.db.forTenant(TENANT).championView("baguette"))?.modelId).toBe(audit.at(-1)?.toModelId);
    // Whoever was told that it changed something is in the audit, once, by the reason it gave.
    const reasons = audit.slice(models.length).map(({ reason }) => reason);
    expect(new Set(reasons).size).toBe(reasons.length);
    expect(changed).toBeGreaterThan(AT_ONCE);
  });
});
