import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engineVersion } from "./engine-version.js";

describe("the engine's version", () => {
  const root = mkdtempSync(join(tmpdir(), "levain-engine-"));
  const folder = join(root, "first", "dist");
  beforeAll(() => {
    mkdirSync(join(folder, "additive"), { recursive: true });
    writeFileSync(join(root, "first", "package.json"), '{ "dependencies": { "ml-matrix": "6.12.1" } }');
    writeFileSync(join(folder, "index.js"), "export const a = 1;");
    writeFileSync(join(folder, "additive", "solve.js"), "export const b = 2;");
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const versionWith = (file: string, text: string): string => {
    const copy = join(root, "copy");
    rmSync(copy, { recursive: true, force: true });
    cpSync(join(root, "first"), copy, { recursive: true });
    writeFileSync(join(copy, file), text);
    return engineVersion(join(copy, "dist"));
  };

  test("is the same wherever the engine lies, whatever describes it beside its code", () => {
    const version = engineVersion(folder);
    expect(version).toMatch(/^[0-9a-f]{64}$/);
    for (const file of ["index.d.ts", "index.js.map", "index.test.js"]) expect(versionWith(`dist/${file}`, "anything")).toBe(version);
  });

  test("changes with the engine's code and with what it imports", () => {
    const version = engineVersion(folder);
    expect(versionWith("dist/additive/solve.js", "export const b = 3;")).not.toBe(version);
    expect(versionWith("dist/more.js", "")).not.toBe(version);
    expect(versionWith("package.json", '{ "dependencies": { "ml-matrix": "6.13.0" } }')).not.toBe(version);
  });
});
