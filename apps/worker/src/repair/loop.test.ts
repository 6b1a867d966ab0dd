import { copyDatabase, migrationsFolder, openDb, type Db } from "@levain/db";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { startRepairing, type RepairLoop } from "./loop.js";

let db: Db;
let drop: () => Promise<void>;
beforeAll(async () => {
  const copy = await copyDatabase(inject("postgresUrl"), migrationsFolder);
  db = openDb({ url: copy.url, poolMax: 8, applicationName: "levain-test" });
  drop = copy.drop;
});
afterAll(async () => {
  await db.close();
  await drop();
});

let loops: RepairLoop[] = [];
afterEach(async () => {
  await Promise.all(loops.map((loop) => loop.stop()));
  loops = [];
});

type Told = { readonly kind: "elected" | "repaired" | "warned"; readonly by: string };

function join(by: string, told: Told[], options: { everyMs?: number; repair?: () => Promise<void>; office?: string } = {}): RepairLoop {
  const { everyMs = 20, repair = async () => undefined, office = "repair" } = options;
  const loop = startRepairing(everyMs, {
    lead: (ttlMs) => db.leaders.lead(office, by, ttlMs),
    resign: () => db.leaders.resign(office, by),
    elected: async () => void told.push({ kind: "elected", by }),
    repair: async (lead) => {
      await repair();
      if (await lead()) told.push({ kind: "repaired", by });
    },
    warn: () => void told.push({ kind: "warned", by }),
    random: () => 0.5,
  });
  loops.push(loop);
  return loop;
}

const has = (told: readonly Told[], kind: Told["kind"], by?: string): boolean => told.some((each) => each.kind === kind && (by === undefined || each.by === by));
const until = (claim: () => boolean): Promise<unknown> => vi.waitUntil(claim, { timeout: 20_000 });

describe("the repair", () => {
  test("is led by one process, and passes to another when that one stops", async () => {
    const told: Told[] = [];
    // Long turns: nobody loses the lead by being late for one.
    const all = ["a", "b", "c", "d"].map((by) => ({ by, loop: join(by, told, { everyMs: 2_000, office: "one" }) }));
    await until(() => has(told, "repaired"));
    const leader = all.find(({ loop }) => loop.isLeader());
    expect(all.filter(({ loop }) => loop.isLeader())).toHaveLength(1);
    expect(told.filter(({ kind }) => kind === "elected")).toEqual([{ kind: "elected", by: leader?.by }]);
    await leader?.loop.stop();
    await until(() => told.some(({ kind, by }) => kind === "repaired" && by !== leader?.by));
    expect(all.filter(({ loop }) => loop.isLeader())).toHaveLength(1);
  });

  test("passes to another when the leader is not heard of any more", async () => {
    const told: Told[] = [];
    expect(await db.leaders.lead("two", "killed", 300)).toBe(true);
    join("heir", told, { office: "two" });
    await until(() => has(told, "repaired", "heir"));
    expect(told[0]).toEqual({ kind: "elected", by: "heir" });
  });

  test("that fails comes again, and begins like a new leader's", async () => {
    const told: Told[] = [];
    let failures = 2;
    join("only", told, {
      office: "three",
      repair: async () => {
        failures -= 1;
        if (failures >= 0) throw new Error("Postgres is away");
      },
    });
    await until(() => has(told, "repaired"));
    expect(told.map(({ kind }) => kind).slice(0, 6)).toEqual(["elected", "warned", "elected", "warned", "elected", "repaired"]);
  });

  test("under way is waited for at the stop, and is told to go no further", async () => {
    const told: Told[] = [];
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    let hasBegun = false;
    const loop = join("slow", told, {
      office: "four",
      repair: () => {
        hasBegun = true;
        return held;
      },
    });
    await until(() => hasBegun);
    const stopped = loop.stop();
    letGo();
    await stopped;
    expect(told).toEqual([{ kind: "elected", by: "slow" }]);
    expect(await db.leaders.lead("four", "next", 1_000)).toBe(true);
  });
});
