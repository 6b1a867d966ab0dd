import { Failure } from "@levain/contracts";
import { afterEach, describe, expect, inject, test } from "vitest";
import { CUTOFF, NOW, openSampleProducer, RUNS, startRunOf, productOf, type SampleOptions, type SampleProducer } from "./sample-producer.js";

let producer: SampleProducer;
const open = async (options: Pick<SampleOptions, "deps"> = {}): Promise<void> => {
  producer = await openSampleProducer({ postgresUrl: inject("postgresUrl"), redisUrl: inject("redisUrl"), ...options });
};
afterEach(() => producer.close());

const ask = (body: object | undefined, headers: Record<string, string> = {}) =>
  producer.server.inject({ method: "POST", url: RUNS, headers: { ...producer.tenant, ...headers }, ...(body && { payload: body }) });

describe("asking for a run", () => {
  test("is accepted with its address, written, and put on the queue with the request's id", async () => {
    await open();
    const answer = await ask({ productIds: ["croissant"], cutoff: CUTOFF }, { "x-request-id": "till-7:42" });
    const run = answer.json();
    expect(answer.statusCode).toBe(202);
    expect(answer.headers["location"]).toBe(`${RUNS}/${run.id}`);
    expect(run).toMatchObject({ status: "accepted", trigger: "request", cutoff: CUTOFF, startedAt: null, failure: null });
    expect((await producer.server.inject({ url: String(answer.headers["location"]), headers: producer.tenant })).json()).toEqual(run);

    const stored = await producer.db.runs.find(run.id);
    expect(stored).toMatchObject({ requestedProductIds: ["croissant"], requestId: "till-7:42", deadlineAt: new Date(NOW.getTime() + 6 * 3_600_000) });
    expect(stored?.enqueuedAt).not.toBeNull();
    const [starts] = producer.deps.boardQueues();
    const jobs = (await starts?.getJobs(["waiting"])) ?? [];
    expect(jobs.map(({ data }) => data)).toEqual([{ version: 1, runId: run.id, generation: 1, requestId: "till-7:42" }]);
    for await (const { event } of producer.deps.follow(run.id, null, AbortSignal.timeout(60_000))) {
      expect(event).toEqual({ type: "run.accepted", runId: run.id, at: run.acceptedAt });
      break;
    }
  });

  test.each([[undefined], [{}]])("without a cutoff trains up to yesterday in the bakery's own zone (body %j)", async (body) => {
    await open();
    expect((await ask(body)).json()).toMatchObject({ cutoff: "2026-05-02" });
  });

  test("with an empty body that calls itself JSON is asking for everything", async () => {
    await open();
    const answer = await producer.server.inject({ method: "POST", url: RUNS, headers: { ...producer.tenant, "content-type": "application/json" }, payload: "" });
    expect(answer.statusCode).toBe(202);
  });

  test("is refused while another is open, which the answer names", async () => {
    await open();
    const first = (await ask({})).json();
    const second = await ask({});
    expect(second.statusCode).toBe(409);
    expect(second.headers["content-type"]).toMatch(/^application\/problem\+json/);
    expect(second.json()).toMatchObject({ status: 409, type: "urn:levain:problem:run-open", openRunId: first.id });
  });

  test("twenty times at once starts one", async () => {
    await open();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask({})));
    const accepted = answers.filter(({ statusCode }) => statusCode === 202);
    expect(accepted).toHaveLength(1);
    expect(new Set(answers.filter(({ statusCode }) => statusCode === 409).map((answer) => answer.json().openRunId))).toEqual(new Set([accepted[0]?.json().id]));
  });

  test("again under the same Idempotency-Key gets the first answer, also at once and after the run went on", async () => {
    await open();
    const request = { cutoff: CUTOFF, productIds: ["rye", "croissant"] };
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(request, { "idempotency-key": "night-1" })));
    const first = answers[0]?.json();
    await startRunOf(producer.db, first.id, [productOf("croissant"), productOf("rye")]);
    answers.push(await ask({ productIds: ["croissant", "rye"], cutoff: CUTOFF }, { "idempotency-key": "night-1" }));
    for (const answer of answers) {
      expect([answer.statusCode, answer.headers["location"], answer.json()]).toEqual([202, `${RUNS}/${first.id}`, first]);
    }
    const [starts] = producer.deps.boardQueues();
    expect(await starts?.getJobCountByTypes("waiting")).toBe(1);
  });

  test("under the same Idempotency-Key with another body is refused", async () => {
    await open();
    await ask({ cutoff: CUTOFF }, { "idempotency-key": "night-1" });
    const other = await ask({ cutoff: "2026-04-30" }, { "idempotency-key": "night-1" });
    expect(other.statusCode).toBe(422);
    expect(other.json()).toMatchObject({ type: "urn:levain:problem:idempotency-key-reused" });
  });

  test("is accepted although the queue cannot be reached, and the log says so", async () => {
    const down = async () => {
      throw new Failure("redis.unavailable", "expected Redis to answer");
    };
    await open({ deps: { enqueueStartRun: down, publish: down } });
    const answer = await ask({}, { "x-request-id": "r-1" });
    expect(answer.statusCode).toBe(202);
    expect(await producer.db.runs.find(answer.json().id)).toMatchObject({ status: "accepted", enqueuedAt: null });
    const warned = producer.log().filter(({ level }) => level === "warn");
    expect(warned).toMatchObject([
      { message: "run accepted but not put on the queue", runId: answer.json().id, requestId: "r-1" },
      { message: "run accepted but not told", runId: answer.json().id },
    ]);
  });

  test("for a day that is not over anywhere is refused, and today is allowed", async () => {
    await open();
    const future = await ask({ cutoff: "2026-05-04" });
    expect(future.statusCode).toBe(400);
    expect(future.json().errors).toEqual([{ path: "body.cutoff", expected: "a day up to 2026-05-03, today in Europe/Berlin", received: '"2026-05-04"' }]);
    expect((await ask({ cutoff: "2026-05-03" })).statusCode).toBe(202);
  });
});

describe("cancelling a run", () => {
  const cancel = (runId: string) => producer.server.inject({ method: "POST", url: `${RUNS}/${runId}/cancel`, headers: producer.tenant });

  test("ends it for good, tells those who watch, and lets the next one in", async () => {
    await open();
    const { id } = (await ask({})).json();
    await startRunOf(producer.db, id, [productOf("croissant")]);
    const answer = await cancel(id);
    expect([answer.statusCode, answer.json()]).toMatchObject([200, { status: "cancelled", totals: { products: 1, cancelled: 1 } }]);
    const told: unknown[] = [];
    for await (const { event } of producer.deps.follow(id, null, AbortSignal.timeout(60_000))) told.push(event);
    expect(told.at(-1)).toMatchObject({ type: "run.finished", status: "cancelled", totals: { cancelled: 1 } });
    expect((await cancel(id)).json()).toEqual(answer.json());
    expect((await ask({})).statusCode).toBe(202);
  });

  test("that has ended by itself is refused", async () => {
    await open();
    const { id } = (await ask({})).json();
    await startRunOf(producer.db, id, []);
    const answer = await cancel(id);
    expect([answer.statusCode, answer.json().detail]).toEqual([409, "expected an open run, got one that is finished"]);
  });

  test("that does not exist is told so", async () => {
    await open();
    expect((await cancel(crypto.randomUUID())).statusCode).toBe(404);
  });
});
