import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { resolvePolicy, type Tenant } from "@levain/contracts";
import { loadRunContext, openSources, readTenantFolder } from "@levain/sources";
import { afterEach, describe, expect, test } from "vitest";
import { readFolderBakery } from "./folder-bakery.js";
import { serveBakeries } from "./served-bakeries.js";
import { startSandbox, type SandboxTenant } from "./server.js";

const signal = new AbortController().signal;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A sandbox that serves one folder, and the tenant as a run would see it. */
async function serveFolder(path: string) {
  const bakery = await readFolderBakery(path);
  const sandbox = await startSandbox({ port: 0, bakeries: () => [bakery] });
  const sources = openSources({ allow: ["127.0.0.1"] });
  closers.push(sandbox.close, sources.close);
  const { settings } = (await (await fetch(`${sandbox.url}/tenants/${bakery.tenant.id}`)).json()) as SandboxTenant;
  const tenant: Tenant = { id: bakery.tenant.id, ...settings };
  return { tenant, sources };
}

async function writeFolder(files: Record<string, string>): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "levain-bakery-"));
  closers.push(() => rm(path, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  return path;
}

const CORNER = {
  "tenant.json": JSON.stringify({ id: "corner", name: "Corner bakery", timeZone: "Europe/Berlin", country: "DE" }),
  "sales.csv": "product_id,product_name,date,quantity\nroll,Roll,2026-03-01,5\nroll,Roll,2026-03-03,6.5\nroll,Roll,soon,1\nroll,Roll,2026-03-02,-1\n",
  "calendar.csv": "date,product_id,fair,promotion,open\n2026-03-05,,1,0,1\n2026-03-06,roll,0,1,0\n",
};

describe("a folder over HTTP", () => {
  test("says what the folder says, unreadable rows included", async () => {
    const { tenant, sources } = await serveFolder(await writeFolder(CORNER));
    const range = { from: "2026-03-01", until: "2026-03-09" };
    expect(tenant.sources).not.toHaveProperty("weather");
    expect(await sources.loadSales(tenant, { id: "roll" }, range, signal)).toMatchObject({ kind: "daily", records: { length: 3 }, unreadable: { count: 1 } });
    expect(await sources.loadOpenDays(tenant, range, signal)).toEqual(["2026-03-01", "2026-03-03", "2026-03-05"]);
    expect(await sources.loadEvents(tenant, range, signal)).toEqual([{ name: "fair", firstDay: "2026-03-01", values: [0, 0, 0, 0, 1, 0, 0, 0, 0] }]);
    expect((await sources.loadProductEvents(tenant, "roll", range, signal)).map(({ name }) => name)).toEqual(["promotion"]);
  });

  test("is refused when two folders claim one tenant", async () => {
    const folders = [await writeFolder(CORNER), await writeFolder(CORNER)];
    await expect(serveBakeries(folders, () => new Date())).rejects.toThrow("expected each tenant id once, got corner again");
  });
});

describe("the sandbox's own bakery", () => {
  test("ends yesterday, and moves on at the tenant's midnight", async () => {
    let now = new Date("2026-05-10T21:59:00Z");
    const served = await serveBakeries([], () => now);
    expect(served.bakeries()[0]?.lastDay).toBe("2026-05-09");
    now = new Date("2026-05-10T22:00:00Z");
    expect(served.bakeries()[0]?.lastDay).toBe("2026-05-10");
    expect(served.findUnlisted("simulated-2x30")?.lastDay).toBe("2026-05-10");
  });
});

/** Real tenant folders lie outside the project, where they are at all. */
const DATA = process.env["LEVAIN_DATA_DIR"] ?? resolve(import.meta.dirname, "../../../../shared/data");
const REAL = existsSync(DATA) ? readdirSync(DATA).filter((name) => existsSync(join(DATA, name, "tenant.json"))) : [];

/** The largest folders have a hundred thousand rows. */
const REAL_TIMEOUT_MS = 60_000;

describe.skipIf(REAL.length === 0)("real tenant folders (skipped where there are none)", () => {
  test.each(REAL)("%s reads the same from its files and over HTTP", async (name) => {
    const folder = await readTenantFolder(join(DATA, name));
    const { tenant, sources } = await serveFolder(join(DATA, name));
    const policy = resolvePolicy();

    const listed = await sources.listProducts(tenant, signal);
    expect(listed).toEqual(folder.products);
    const range = { from: folder.firstDay, until: folder.lastDay };
    for (const product of listed.slice(0, 20)) {
      const sales = await sources.loadSales(tenant, product, range, signal);
      expect(sales).toEqual(folder.salesOf(product.id));
      expect(sales.unreadable.count).toBe(0);
    }
    const context = await loadRunContext(tenant, policy, folder.lastDay, sources, signal);
    expect(context).toEqual(await loadRunContext(folder.tenant, policy, folder.lastDay, folder.loaders, signal));
    expect(context.absentSources).toEqual([]);
  }, REAL_TIMEOUT_MS);
});
