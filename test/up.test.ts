/** `npm start` as a newcomer meets it, through the built command line. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { mkdtemp, mkdir, rm, writeFile, chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FAR_TICK } from "./far-tick.js";

type Ending = { readonly code: number | null; readonly output: string };

/** Servers of its own, whatever addresses this test run was given. */
const { DATABASE_URL: _database, REDIS_URL: _redis, ...env } = { ...process.env, ...FAR_TICK };
const start = (...args: string[]) => spawn(process.execPath, ["apps/cli/dist/main.js", ...args], { env });

async function levain(...args: string[]): Promise<Ending> {
  const child = start(...args);
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}

describe("levain up", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "levain-up-"));
    await chmod(folder, 0o755);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("trains the demo bakery, shows results and addresses, exits 0, and reuses its data when started again", async () => {
    const first = await levain("up", "--exit", "--port", "0", "--folder", folder);
    expect(first.code, first.output).toBe(0);
    expect(first.output).toMatch(/Applied \d+ migration/);
    for (const words of ["product", "demand", "WAPE", "seconds", "Bull Board", "/docs", "Tenant key", "Operator key", "To bake on", "sells out"]) expect(first.output).toContain(words);
    const second = await levain("up", "--exit", "--port", "0", "--folder", folder);
    expect(second.code, second.output).toBe(0);
    expect(second.output).not.toMatch(/Applied/);
    const keyOf = (output: string): string | undefined => /Tenant key\s+(\S+)/.exec(output)?.[1];
    expect(keyOf(second.output)).toBe(keyOf(first.output));
  });

  it("clears away what a killed start left behind, and says so", async () => {
    const child = start("up", "--port", "0", "--folder", folder);
    let output = "";
    const isUp = new Promise<void>((resolve) => child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()).includes("Up. Stop") && resolve()));
    await isUp;
    const refused = await levain("up", "--exit", "--port", "0", "--folder", folder);
    expect(refused.code).toBe(1);
    expect(refused.output).toContain(`already up in ${folder} (pid ${child.pid})`);
    child.kill("SIGKILL");
    await once(child, "close");
    const next = await levain("up", "--exit", "--port", "0", "--folder", folder);
    expect(next.code, next.output).toBe(0);
    expect(next.output).toMatch(/Ended a PostgreSQL \(pid \d+\) that an earlier start left behind/);
  });

  it("takes a spreadsheet while it is up: the second command ends with its forecasts", async () => {
    const data = join(folder, "second-bakery");
    await mkdir(data);
    await writeFile(join(data, "tenant.json"), JSON.stringify({ id: "second-bakery", name: "Second bakery", timeZone: "Europe/Vienna", country: "AT" }));
    const rows = Array.from({ length: 120 }, (_, day) => `roll,Roll,${new Date(Date.UTC(2025, 0, 1 + day)).toISOString().slice(0, 10)},${40 + ((day * 7) % 11)}`);
    await writeFile(join(data, "sales.csv"), `product_id,product_name,date,quantity\n${rows.join("\n")}\n`);
    const child = start("up", "--port", "0", "--folder", folder);
    let output = "";
    await new Promise<void>((resolve) => child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()).includes("Up. Stop") && resolve()));
    const imported = await levain("import", data, "--train", "--folder", folder);
    expect(imported.code, imported.output).toBe(0);
    expect(imported.output).toContain("120 rows of sales: 120 added");
    expect(imported.output).toMatch(/Roll.*high/);
    expect(imported.output).toContain("Expected on Thursday, 2025-05-01:");
    await writeFile(join(data, "economics.json"), JSON.stringify({ currency: "EUR", products: { roll: { unitPrice: 0.5, unitCost: 0.1 } } }));
    expect((await levain("import", data, "--folder", folder)).code).toBe(0);
    const planned = await levain("plan", "--date", "2025-05-02", "--folder", folder);
    expect(planned.output).toContain("To bake on Friday, 2025-05-02:");
    expect(planned.output).toMatch(/Roll .*€\d/);
    const again = await levain("train", "--folder", folder, "--cutoff", "2025-04-30");
    expect(again.output).toMatch(/Roll/);
    child.kill("SIGTERM");
    await once(child, "close");
  });

  it("says which port is taken and how to choose another, without a stack trace", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address() as AddressInfo;
    const { code, output } = await levain("up", "--exit", "--port", String(port), "--folder", join(folder, "taken"));
    expect(code).not.toBe(0);
    expect(output).toContain(`Port ${port} is taken`);
    expect(output).not.toMatch(/\n\s+at /);
    holder.close();
  });

  it("trains a folder of spreadsheets, and skips the product with too little history", async () => {
    const data = join(folder, "corner-bakery");
    await mkdir(data);
    await writeFile(join(data, "tenant.json"), JSON.stringify({ id: "corner-bakery", name: "Corner bakery", timeZone: "Europe/Vienna", country: "AT", unit: "pieces", missingDay: "zero-unless-shop-closed" }));
    const rows = ["product_id,product_name,date,quantity"];
    for (let day = 0; day < 200; day += 1) {
      const date = new Date(Date.UTC(2025, 0, 1 + day));
      const iso = date.toISOString().slice(0, 10);
      if (date.getUTCDay() === 0) continue;
      rows.push(`roll,Roll,${iso},${40 + 10 * (date.getUTCDay() % 3) + ((day * 7) % 5)}`);
      if (day > 185) rows.push(`bun,"Bun, new",${iso},${5 + (day % 3)}`);
    }
    await writeFile(join(data, "sales.csv"), `${rows.join("\n")}\n`);
    const { code, output } = await levain("up", "--exit", "--port", "0", "--folder", join(folder, "corner"), "--data", data);
    expect(code, output).toBe(0);
    expect(output).toMatch(/Roll.*high/);
    expect(output).toMatch(/Bun, new.*too-few-observations/);
  });

  it("names file and line of a spreadsheet that cannot be read", async () => {
    const data = join(folder, "broken-bakery");
    await mkdir(data);
    await writeFile(join(data, "tenant.json"), JSON.stringify({ id: "broken-bakery", name: "Broken bakery", timeZone: "Europe/Vienna", country: "AT" }));
    await writeFile(join(data, "sales.csv"), "product_id,product_name,date\nroll,Roll,2025-01-01\n");
    const { code, output } = await levain("up", "--exit", "--port", "0", "--folder", join(folder, "broken"), "--data", data);
    expect(code).not.toBe(0);
    expect(output).toMatch(/sales\.csv/);
    expect(output).toMatch(/quantity/);
  });
});
