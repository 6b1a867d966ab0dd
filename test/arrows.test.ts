/**
 * The arrows between our packages. Workspaces are hoisted, so an import that nobody declared would resolve all the same:
 * what keeps the arrows pointing down is the lint rule, and these tests keep the lint rule.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** An arrow points from a higher number to a lower one. Runtime stands beside: only apps import it. */
const LEVEL: Readonly<Record<string, number>> = {
  forecast: 0,
  contracts: 1,
  calendar: 1,
  plan: 1,
  training: 2,
  queue: 2,
  db: 2,
  sources: 2,
  lease: 2,
  memory: 2,
  limit: 2,
  artifacts: 2,
  webhooks: 2,
  client: 2,
  runtime: 2,
  producer: 3,
  worker: 3,
  cli: 3,
  sandbox: 3,
};

describe("the lint rule", () => {
  const folder = mkdtempSync(join(tmpdir(), "levain-arrows-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The rules that a file with this text would break if it stood at this path. */
  const broken = (path: string, text: string): string[] => {
    cpSync(join(root, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    const { stdout } = spawnSync(process.execPath, [join(root, "node_modules/oxlint/bin/oxlint"), "--format=json", path], { cwd: folder, encoding: "utf8" });
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string }[] };
    return diagnostics.map(({ code }) => code);
  };

  test.each([
    ["packages/forecast/src/series.ts", "node:fs"],
    ["packages/forecast/src/series.ts", "@levain/contracts"],
    ["packages/contracts/src/ids.ts", "@levain/calendar"],
    ["packages/calendar/src/night.ts", "@levain/training"],
    ["packages/plan/src/oven.ts", "@levain/contracts"],
    ["packages/training/src/train-product.ts", "bullmq"],
    ["packages/training/src/train-product.ts", "ioredis"],
    ["packages/training/src/train-product.ts", "got"],
    ["packages/training/src/train-product.ts", "winston"],
    ["packages/training/src/train-product.ts", "@prisma/client"],
    ["packages/training/src/train-product.ts", "node:process"],
    ["packages/training/src/train-product.ts", "@levain/db"],
    ["packages/training/src/steps/load.ts", "../../../db/src/index.js"],
    ["packages/sources/src/sales.ts", "bullmq"],
    ["packages/db/src/runs.ts", "@levain/queue"],
    ["packages/db/src/runs.ts", "@levain/contracts/dist/ids.js"],
    ["packages/queue/src/consumer.ts", "@levain/lease"],
    ["packages/lease/src/index.ts", "bullmq"],
    ["packages/memory/src/index.ts", "@levain/training"],
    ["packages/limit/src/limiter.ts", "@levain/queue"],
    ["packages/artifacts/src/store.ts", "@levain/db"],
    ["apps/worker/src/wire.ts", "@aws-sdk/client-s3"],
    ["packages/webhooks/src/sender.ts", "@levain/sources"],
    ["packages/client/src/client.ts", "@levain/runtime"],
    ["packages/runtime/src/logger.ts", "@levain/contracts"],
    ["apps/producer/src/server.ts", "bullmq"],
    ["apps/producer/src/server.ts", "@prisma/client"],
    ["apps/worker/src/wire.ts", "ioredis"],
    ["apps/worker/src/wire.ts", "../../producer/src/server.js"],
    ["apps/cli/src/main.ts", "winston"],
    ["apps/sandbox/src/server.ts", "@levain/db"],
  ])("refuses in %s an import of %s", (path, specifier) => {
    expect(broken(path, `import * as foreign from "${specifier}";\nexport const kept = foreign;\n`)).toContain("eslint(no-restricted-imports)");
  });

  test.each([
    ["packages/forecast/src/regression.ts", "ml-regression"],
    ["packages/forecast/src/additive/solve.ts", "../vector.js"],
    ["packages/training/src/train-product.ts", "@levain/forecast"],
    ["packages/training/src/grade.ts", "@levain/plan"],
    ["packages/sources/src/client.ts", "got"],
    ["packages/queue/src/consumer.ts", "bullmq"],
    ["packages/lease/src/index.ts", "ioredis"],
    ["packages/artifacts/src/bucket.ts", "@aws-sdk/client-s3"],
    ["apps/worker/src/wire.ts", "@levain/queue"],
    ["apps/worker/src/fit-pool.ts", "piscina"],
    ["packages/forecast/src/series.test.ts", "node:fs/promises"],
  ])("allows in %s an import of %s", (path, specifier) => {
    expect(broken(path, `import * as needed from "${specifier}";\nexport const kept = needed;\n`)).toEqual([]);
  });

  test.each([
    ["the clock", "export const now = Date.now();\n", "eslint(no-restricted-properties)"],
    ["chance", "export const luck = Math.random();\n", "eslint(no-restricted-properties)"],
    ["the environment", 'export const level = process.env["LOG_LEVEL"];\n', "eslint(no-restricted-globals)"],
  ])("keeps %s out of the packages that must run the same way every time", (_what, text, rule) => {
    for (const name of ["forecast", "contracts", "calendar", "plan", "training"]) expect(broken(`packages/${name}/src/here.ts`, text)).toContain(rule);
  });

  test("refuses a circle of imports", () => {
    broken("packages/training/src/egg.ts", 'import { hen } from "./hen.js";\nexport const egg = (): unknown => hen;\n');
    expect(broken("packages/training/src/hen.ts", 'import { egg } from "./egg.js";\nexport const hen = (): unknown => egg;\n')).toContain("import(no-cycle)");
  });
});

type Manifest = { name: string; dependencies?: Record<string, string>; devDependencies?: Record<string, string> };
const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest;

const rootManifest = manifestOf(".");
const workspaces = ["packages", "apps"]
  .flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`))
  .filter((folder) => existsSync(join(root, folder, "package.json")));

type Import = { readonly file: string; readonly specifier: string; readonly isTypeOnly: boolean };

const IMPORT = /^\s*(?:import|export)\s+(type\s+)?(?:[\w*\s{},$]+\s+from\s+)?"([^"]+)"|\bimport\((?:\s*)"([^"]+)"/gm;

const importsBelow = (folder: string): Import[] => {
  if (!existsSync(join(root, folder))) return [];
  const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => `${folder}/${file}`);
  return files
    .filter((file) => /\.(?:ts|mjs)$/.test(file) && !/(?:^|\/)(?:node_modules|dist|generated)\//.test(file))
    .flatMap((file) =>
      [...readFileSync(join(root, file), "utf8").matchAll(IMPORT)].map(([, type, specifier, dynamic]) => ({
        file,
        specifier: specifier ?? dynamic ?? "",
        isTypeOnly: type !== undefined,
      })),
    );
};

const isTest = (file: string): boolean => file.endsWith(".test.ts");
const isBuiltin = (specifier: string): boolean => specifier.startsWith("node:") || builtinModules.includes(specifier);
/** `@scope/name/deep/path` → `@scope/name`. */
const packageOf = (specifier: string): string => specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");

describe.each(workspaces)("%s", (folder) => {
  const manifest = manifestOf(folder);
  const imports = importsBelow(folder);

  test("declares every package it imports", () => {
    const declared = new Set(Object.keys(manifest.dependencies ?? {}));
    const declaredForTests = new Set([...declared, ...Object.keys(manifest.devDependencies ?? {}), ...Object.keys(rootManifest.devDependencies ?? {})]);
    const undeclared = imports
      .filter(({ specifier }) => !specifier.startsWith(".") && !isBuiltin(specifier))
      .filter(({ file, specifier, isTypeOnly }) => !(isTest(file) || isTypeOnly || file.endsWith(".mjs") ? declaredForTests : declared).has(packageOf(specifier)));
    expect(undeclared).toEqual([]);
  });

  test("declares only packages of ours that stand below it", () => {
    const level = LEVEL[manifest.name.replace("@levain/", "")] ?? Number.NaN;
    const ours = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).filter((name) => name.startsWith("@levain/"));
    expect(ours.filter((name) => !((LEVEL[name.replace("@levain/", "")] ?? Number.NaN) < level))).toEqual([]);
  });

  test("imports by path only what is its own, or the tests' own", () => {
    const foreign = imports.filter(({ file, specifier }) => {
      if (!specifier.startsWith(".")) return false;
      const target = relative(root, resolve(root, dirname(file), specifier));
      return !target.startsWith(`${folder}/`) && !(isTest(file) && target.startsWith("test/"));
    });
    expect(foreign).toEqual([]);
  });
});

test("the tests and benchmarks at the root declare every package they import", () => {
  const declared = new Set(Object.keys({ ...rootManifest.dependencies, ...rootManifest.devDependencies }));
  const undeclared = ["test", "bench"].flatMap(importsBelow).filter(
    ({ specifier }) => !specifier.startsWith(".") && !isBuiltin(specifier) && !specifier.startsWith("@levain/") && !declared.has(packageOf(specifier)),
  );
  expect(undeclared).toEqual([]);
});
