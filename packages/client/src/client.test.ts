import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ModelView, RunView } from "@levain/contracts";
import { afterEach, beforeEach, describe, expect, expectTypeOf, test } from "vitest";
import { connectLevain, everyItem, type ApiProblem, type Levain } from "./index.js";

const RUN = "00000000-0000-4000-8000-000000000001";
const path = { tenantId: "corner-bakery" };

type Came = { readonly method: string; readonly url: string; readonly headers: IncomingHttpHeaders; readonly body: string };

/** Stands in for a producer where a real one would have to be broken; `test/uses-the-typed-client.test.ts` asks a real one. */
let server: Server;
let came: Came[];
let answer: (came: Came, response: ServerResponse) => void;
let levain: Levain;

beforeEach(async () => {
  came = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const asked = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks).toString() };
    came.push(asked);
    answer(asked, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  levain = connectLevain(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, "lvn_key");
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const json = (body: unknown, status = 200, contentType = "application/json") => (_came: Came, response: ServerResponse): void =>
  void response.writeHead(status, { "content-type": contentType }).end(JSON.stringify(body));

const problemOf = (call: Promise<unknown>): Promise<ApiProblem> => call.then(() => expect.unreachable(), (error: ApiProblem) => error);

describe("a call", () => {
  test("goes to its address with its key, with what stands in the path encoded and what is undefined left out", async () => {
    answer = json({ id: "rye/dark" });
    await levain.get("/v1/tenants/{tenantId}/products/{productId}/models", { params: { path: { ...path, productId: "rye/dark ½" }, query: { limit: 5, cursor: undefined } } });
    await levain.post("/v1/tenants/{tenantId}/training-runs", { params: { path }, body: { cutoff: "2026-05-01", productIds: undefined } });
    expect(came.map(({ method, url, body }) => [method, url, body])).toEqual([
      ["GET", "/v1/tenants/corner-bakery/products/rye%2Fdark%20%C2%BD/models?limit=5", ""],
      ["POST", "/v1/tenants/corner-bakery/training-runs", '{"cutoff":"2026-05-01"}'],
    ]);
    expect(came.map(({ headers }) => [headers.authorization, headers["content-type"]])).toEqual([["Bearer lvn_key", undefined], ["Bearer lvn_key", "application/json"]]);
  });

  test("that is answered without a body comes to nothing", async () => {
    answer = (_came, response) => void response.writeHead(204).end();
    expect(await levain.delete("/v1/tenants/{tenantId}/webhooks/{webhookId}", { params: { path: { ...path, webhookId: RUN } } })).toBeUndefined();
  });

  test("that is refused ends in the problem, in its words and fields", async () => {
    const problem = { type: "about:blank", title: "Invalid request", status: 400, detail: "1 field is not as expected", errors: [{ path: "body.cutoff", expected: "a day", received: "yesterday" }] };
    answer = json(problem, 400, "application/problem+json");
    const error = await problemOf(levain.post("/v1/tenants/{tenantId}/training-runs", { params: { path }, body: { cutoff: "yesterday" } }));
    expect([error.name, error.problem, error.message]).toEqual(["ApiProblem", problem, "Invalid request: 1 field is not as expected\n  body.cutoff: expected a day, got yesterday"]);
  });

  test("that is refused for many fields tells some of them, and how many there are", async () => {
    const errors = Array.from({ length: 400 }, (_, i) => ({ path: `body.columns[0].values[${i}]`, expected: "a number" }));
    answer = json({ type: "about:blank", title: "Invalid request", status: 400, errors }, 400, "application/problem+json");
    const error = await problemOf(levain.get("/v1/tenants"));
    expect(error.message.split("\n")).toEqual(["Invalid request", ...errors.slice(0, 10).map(({ path: field }) => `  ${field}: expected a number`), "  … and 390 more"]);
    expect(error.problem.errors).toHaveLength(400);
  });

  test.each([
    ["a page", "text/html", "<h1>Bad gateway</h1>"],
    ["nothing", "application/json", ""],
    ["JSON of another kind", "application/json", "[1]"],
  ])("that a proxy refuses with %s ends in a problem with its status", async (_what, contentType, body) => {
    answer = (_came, response) => void response.writeHead(502, { "content-type": contentType }).end(body);
    expect((await problemOf(levain.get("/v1/tenants"))).problem).toEqual({ type: "about:blank", title: "Bad Gateway", status: 502 });
  });

  test("of a listing is made for each page, until the items asked for have come", async () => {
    answer = ({ url }, response) => json(url.includes("cursor=b") ? { items: [3], nextCursor: null } : { items: [1, 2], nextCursor: "b" })(came[0] as Came, response);
    const pages = (cursor?: string) => levain.get("/v1/tenants/{tenantId}/training-runs", { params: { path, query: { limit: 2, cursor } } });
    const items: unknown[] = [];
    for await (const item of everyItem(pages)) items.push(item);
    expect(items).toEqual([1, 2, 3]);
    for await (const _first of everyItem(pages)) break;
    expect(came).toHaveLength(3);
  });

  test("that uploads sends rows as they come into being", async () => {
    answer = json({ rows: 2 });
    const rows = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from("product_id,date,quantity\n");
      await nextTurn();
      yield Buffer.from("rye,2026-05-01,3\n");
    };
    expect(await levain.uploadSales("corner-bakery", "text/csv", rows())).toEqual({ rows: 2 });
    expect(came[0]).toMatchObject({ method: "POST", url: "/v1/tenants/corner-bakery/sales", body: "product_id,date,quantity\nrye,2026-05-01,3\n" });
    expect(came[0]?.headers).toMatchObject({ "content-type": "text/csv", "transfer-encoding": "chunked" });
  });
});

describe("following a run", () => {
  const at = "2026-05-01T04:15:00.000Z";
  const accepted = `id: 1-0\ndata: ${JSON.stringify({ type: "run.accepted", runId: RUN, at })}\n\n`;
  const finished = `id: 2-0\ndata: ${JSON.stringify({ type: "run.finished", runId: RUN, at, status: "finished", totals: { products: 0, trained: 0, skipped: 0, failed: 0, cancelled: 0 } })}\n\n`;

  const followed = async (): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { id, event } of levain.follow("corner-bakery", RUN)) ids.push(`${id} ${event.type}`);
    return ids;
  };

  test("through a connection that is lost goes on after the last event, and ends with the run", async () => {
    answer = (_came, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      if (came.length === 1) response.write(accepted.slice(0, 30), () => response.write(`${accepted.slice(30)}data: {"half`, () => response.destroy()));
      else response.end(`: heartbeat\n\n${finished}`);
    };
    expect(await followed()).toEqual(["1-0 run.accepted", "2-0 run.finished"]);
    expect(came.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "1-0"]);
  });

  test("that has been told to its end is over at once", async () => {
    answer = (_came, response) => void response.writeHead(204).end();
    expect(await followed()).toEqual([]);
  });

  test("that nobody knows ends in the problem", async () => {
    answer = json({ type: "about:blank", title: "Not found", status: 404 }, 404, "application/problem+json");
    expect((await problemOf(followed())).problem.status).toBe(404);
  });

  test("ends when its caller has had enough", async () => {
    answer = (_came, response) => void response.writeHead(200, { "content-type": "text/event-stream" }).write(accepted);
    const enough = new AbortController();
    const following = async (): Promise<void> => {
      for await (const _event of levain.follow("corner-bakery", RUN, enough.signal)) enough.abort(new Error("enough"));
    };
    await expect(following()).rejects.toThrow("enough");
  });
});

describe("the compiler", () => {
  test("knows what each address takes and answers with, and refuses what it does not", () => {
    const unsent = async () => {
      const run = await levain.get("/v1/tenants/{tenantId}/training-runs/{runId}", { params: { path: { ...path, runId: RUN } } });
      const models = await levain.get("/v1/tenants/{tenantId}/products/{productId}/models", { params: { path: { ...path, productId: "rye" } } });
      // @ts-expect-error an address that does not exist
      await levain.get("/v1/tenant");
      // @ts-expect-error a method that the address does not know
      await levain.delete("/v1/tenants/{tenantId}/training-runs", { params: { path } });
      // @ts-expect-error no tenant in the path
      await levain.get("/v1/tenants/{tenantId}/training-runs");
      // @ts-expect-error a field of another type
      await levain.post("/v1/tenants/{tenantId}/training-runs", { params: { path }, body: { cutoff: 20_260_501 } });
      // @ts-expect-error a field that the body does not have, beside one that it has
      await levain.post("/v1/tenants/{tenantId}/training-runs", { params: { path }, body: { cutoff: "2026-05-01", product: "rye" } });
      // @ts-expect-error a kind that nobody tells
      await levain.post("/v1/tenants/{tenantId}/webhooks", { params: { path }, body: { url: "https://shop.example/", kinds: ["run.started"] } });
      // @ts-expect-error a field that the answer does not have
      return [models.items[0]?.demand, run];
    };
    type Run = Awaited<ReturnType<typeof levain.get<"/v1/tenants/{tenantId}/training-runs/{runId}">>>;
    expectTypeOf<Run>().toExtend<RunView>();
    expectTypeOf<Run["totals"]["trained"]>().toEqualTypeOf<number>();
    expectTypeOf<Awaited<ReturnType<typeof levain.get<"/v1/tenants/{tenantId}/products/{productId}/models">>>["items"][number]>().toExtend<ModelView>();
    expectTypeOf<Awaited<ReturnType<typeof levain.delete<"/v1/tenants/{tenantId}/webhooks/{webhookId}">>>>().toEqualTypeOf<undefined>();
    expect(unsent).toBeTypeOf("function");
  });
});
