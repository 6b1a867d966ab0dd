/**
 * A till that answers nonsense: whatever it sends over the wire is given up in time and in size, and named; a product
 * whose data is bad fails or is skipped alone, and never gets a model that serves.
 */
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ForecastView, type ProductTrainingView, RunView } from "@levain/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { ApiProblem } from "@levain/client";
import { connectApi, type Api } from "./api.js";
import { startFairClock } from "./fair-clock.js";
import { openWorld, type World } from "./world.js";

const TENANT = "nonsense-bakery";
const CUTOFF = "2026-05-01";

type Row = { readonly date: string; readonly quantity: number };

/** The day so many days before the cutoff. */
const dayBefore = (days: number): string => new Date(Date.parse(CUTOFF) - days * 86_400_000).toISOString().slice(0, 10);
const rowsOf = (days: number, quantityOf: (day: number) => number): Row[] => Array.from({ length: days }, (_, index) => ({ date: dayBefore(days - 1 - index), quantity: quantityOf(index) }));
const weekly = (day: number): number => 20 + 5 * (day % 7);

const json = (rows: readonly unknown[]) => (response: ServerResponse): void => {
  response.setHeader("content-type", "application/json").end(JSON.stringify({ kind: "daily", rows, nextCursor: null }));
};
const text = (body: string, contentType = "application/json") => (response: ServerResponse): void => {
  response.setHeader("content-type", contentType).end(body);
};

/** Fifty megabytes, as fast as they are taken. */
const huge = (response: ServerResponse): void => {
  response.writeHead(200, { "content-type": "application/json" });
  const chunk = Buffer.alloc(64 * 1024, " ");
  let left = 800;
  const write = (): void => {
    while (left-- > 0 && !response.destroyed) if (!response.write(chunk)) return;
    if (!response.destroyed) response.end();
  };
  response.on("drain", write);
  write();
};

/** A byte now and then, for ever. */
const drip = (response: ServerResponse): void => {
  response.writeHead(200, { "content-type": "application/json" }).write("{");
  const timer = setInterval(() => response.write(" "), 200);
  response.once("close", () => clearInterval(timer));
};

/** What the till answers for each product, and what must come of it. */
const SALES: Readonly<Record<string, { readonly answer: (response: ServerResponse) => void; readonly comesTo: string | RegExp }>> = {
  clean: { answer: json(rowsOf(200, weekly)), comesTo: "trained" },
  shuffled: {
    answer: json(
      [
        ...rowsOf(200, weekly),
        ...rowsOf(50, weekly).map((row) => ({ ...row, quantity: weekly(150 + Math.round((Date.parse(row.date) - Date.parse(dayBefore(49))) / 86_400_000)) })),
      ].sort((a, b) => (a.date.slice(-1) + a.date < b.date.slice(-1) + b.date ? -1 : 1)),
    ),
    comesTo: "trained",
  },
  huge: { answer: huge, comesTo: "failed source.malformed" },
  html: { answer: text("<html>Welcome</html>", "text/html"), comesTo: "failed source.malformed" },
  half: { answer: text('{"kind":"daily","rows":[{"date":"2026-'), comesTo: "failed source.malformed" },
  nan: { answer: text('{"kind":"daily","rows":[{"date":"2026-04-01","quantity":NaN}],"nextCursor":null}'), comesTo: "failed source.malformed" },
  shapeless: { answer: text('{"rows":"many"}'), comesTo: "failed source.malformed" },
  infinite: { answer: text(JSON.stringify({ kind: "daily", rows: rowsOf(200, () => 7), nextCursor: null }).replaceAll('"quantity":7', '"quantity":1e999')), comesTo: "failed source.malformed" },
  giant: { answer: json(rowsOf(200, () => 1e308)), comesTo: "failed source.malformed" },
  "giant-once": { answer: json(rowsOf(200, (day) => (day === 150 ? 1e308 : weekly(day)))), comesTo: "trained" },
  negative: { answer: json(rowsOf(200, () => -3)), comesTo: /^skipped/ },
  gap: { answer: json([...rowsOf(20, weekly), { date: "2016-01-01", quantity: 3 }]), comesTo: /^skipped/ },
  empty: { answer: json([]), comesTo: /^skipped/ },
  unreadable: { answer: json([null, 7, "x", { date: "2026-02-30", quantity: 1 }, { date: "2026-04-01", quantity: "many" }, { date: "a\u0000\ud800", quantity: 1 }, {}]), comesTo: "failed source.malformed" },
};

const BAD = Object.entries(SALES).filter(([, { comesTo }]) => comesTo !== "trained");

describe("a till that answers nonsense", () => {
  let world: World;
  let till: Server;
  let api: Api;
  let products = Object.keys(SALES);

  beforeAll(async () => {
    till = createServer((request, response) => {
      const [, kind, id] = new URL(request.url ?? "/", "http://till").pathname.split("/");
      if (kind === "products" && id === undefined) text(JSON.stringify({ products: products.map((each) => ({ id: each, name: each })), nextCursor: null }))(response);
      else if (id === "dripping") drip(response);
      else SALES[id ?? ""]?.answer(response);
    }).listen(0, "127.0.0.1");
    await once(till, "listening");
    world = await openWorld({ workers: 1 });
    const sales = `http://127.0.0.1:${(till.address() as AddressInfo).port}`;
    await world.operator.call("PUT", `/v1/tenants/${TENANT}`, z.unknown(), { name: "Nonsense", timeZone: "UTC", country: "DE", missingDay: "closed", sources: { sales } });
    api = connectApi(world.url, (await world.db.keys.issue({ role: "tenant", tenantId: TENANT, label: "story" })).secret);
  });
  afterAll(async () => {
    await world?.close();
    till.closeAllConnections();
    till.close();
  });

  const start = () => api.call("POST", `/v1/tenants/${TENANT}/training-runs`, RunView, { cutoff: CUTOFF });
  const forecastOf = (productId: string) => api.call("GET", `/v1/tenants/${TENANT}/products/${productId}/forecast`, ForecastView);
  const wordsOf = ({ status, failure, skipReason }: ProductTrainingView): string => [status, failure?.code ?? skipReason].filter(Boolean).join(" ");

  it("fails or skips each bad product by name, trains the good ones, and lets no bad one serve", async () => {
    const run = await start();
    for await (const { event } of api.follow(TENANT, run.id)) if (event.type === "run.finished") break;
    const trainings = new Map((await world.db.forTenant(TENANT).productTrainings(run.id, { limit: 200 })).items.map((training) => [training.productId, training]));
    for (const [productId, { comesTo }] of Object.entries(SALES)) {
      const training = trainings.get(productId);
      expect.soft(training && wordsOf(training), productId).toEqual(typeof comesTo === "string" ? comesTo : expect.stringMatching(comesTo));
    }
    for (const [productId] of BAD) {
      const refused = await forecastOf(productId).catch((error: unknown) => error);
      expect.soft(refused, productId).toBeInstanceOf(ApiProblem);
      expect.soft(await world.db.forTenant(TENANT).champion(productId), productId).toBeNull();
    }
    for (const productId of ["clean", "shuffled", "giant-once"]) {
      const { days } = await forecastOf(productId);
      expect(days.length).toBeGreaterThan(0);
      for (const { median, low80, high80 } of days) for (const value of [median, low80, high80]) expect(value >= 0 && value < 1_000, `${productId}: ${value}`).toBe(true);
    }
  });

  it("reads rows in any order, and a day that came twice once: the forecast is that of the tidy till", async () => {
    expect((await forecastOf("shuffled")).days).toEqual((await forecastOf("clean")).days);
  });

  it("gives up an answer that drips, within its bound, and puts the product off", async () => {
    products = ["dripping"];
    const run = await start();
    const clock = startFairClock();
    for await (const { event } of api.follow(TENANT, run.id)) {
      if (event.type !== "product.deferred") continue;
      expect(event.code).toBe("source.timeout");
      break;
    }
    clock.stop();
    // Ten seconds for the request, and what the run's start needs besides.
    expect(clock.passedMs()).toBeLessThan(30_000);
    await api.call("POST", `/v1/tenants/${TENANT}/training-runs/${run.id}/cancel`, RunView);
  });
});
