/** Sales that came twice, or came from a till that died: the models made of them do not serve until a person or a week says so. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { addDays, fromEpochDay, toEpochDay } from "@levain/calendar";
import { ChampionView, ForecastView, ModelView, pageOf, ProductTrainingView, RunView, STORED, TenantSettings } from "@levain/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorld, type World } from "./world.js";

const TENANT = "doubled-bakery";
const LAST_DAY = "2026-05-01";
const first = toEpochDay(LAST_DAY) - 299;
const usual = (day: number): number => Math.round((day % 7 < 2 ? 80 : 50) * (1 + 0.1 * Math.sin(12.9898 * day)));

describe("a bakery whose sales are imported twice", () => {
  let world: World;
  const of = `/v1/tenants/${TENANT}`;
  const product = `${of}/products/roll`;

  const sell = async (until: string, factor: number): Promise<void> => {
    const days = Array.from({ length: toEpochDay(until) - first + 1 }, (_, i) => first + i);
    await world.db.forTenant(TENANT).putSales(days.map((day) => ({ productId: "roll", productName: "Roll", day: fromEpochDay(day), quantity: factor * usual(day), soldOutAt: null })));
  };
  const trainUntil = async (cutoff: string): Promise<ModelView[]> => {
    const run = await world.operator.call("POST", `${of}/training-runs`, RunView, { cutoff });
    for await (const { event } of world.operator.follow(TENANT, run.id)) if (event.type === "run.finished") break;
    return (await world.operator.call("GET", `${product}/models`, pageOf(ModelView))).items;
  };
  const forecast = () => world.operator.call("GET", `${product}/forecast`, ForecastView);

  beforeAll(async () => {
    world = await openWorld({ workers: 1 });
    await world.db.tenants.put(TENANT, TenantSettings.parse({ name: "Doubled bakery", timeZone: "UTC", country: "DE", sources: { sales: STORED } }));
    await sell(LAST_DAY, 1);
    await trainUntil(LAST_DAY);
  });
  afterAll(() => world?.close());

  it("keeps the champion that knew better, says why, and serves the other once a person wants it or the sales are right again", async () => {
    const before = await forecast();
    const tomorrow = addDays(LAST_DAY, 1);
    await sell(tomorrow, 2);
    const [doubled, champion] = await trainUntil(tomorrow);
    expect(champion).toMatchObject({ standing: "champion" });
    expect(doubled).toMatchObject({ standing: "rejected", decision: expect.stringMatching(/^held: \d+ of \d+ days \(.*: was \d+, is \d+\) that the champion knew have other sales now$/) });
    expect((await forecast()).days).toEqual(before.days);
    const [training] = (await world.operator.call("GET", `${of}/training-runs/${doubled?.runId}/products`, pageOf(ProductTrainingView))).items;
    expect(training).toMatchObject({ status: "trained", reason: "asked-for", becameChampion: false, heldFor: "product", decision: doubled?.decision });

    const promoted = await world.operator.call("POST", `${product}/models/${doubled?.id}/promote`, ChampionView, { reason: "the till had told but half of it" });
    expect(promoted).toMatchObject({ modelId: doubled?.id, isChanged: true });
    await world.operator.call("POST", `${product}/rollback`, ChampionView, {});

    const afterTomorrow = addDays(LAST_DAY, 2);
    await sell(afterTomorrow, 1);
    const [right] = await trainUntil(afterTomorrow);
    expect(right).toMatchObject({ standing: "champion", parentId: champion?.id });
  });
});

it("sixteen nights of zeros, doubled days, shifted dates and dead tills do no harm", async () => {
  const child = spawn(process.execPath, ["bench/nights.mjs", "--nights", "16", "--seed", "2", "--check"], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  expect(output).toContain("all 3 bars reached");
  expect(code).toBe(0);
});
