import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "@levain/contracts";
import { MODEL_SCHEMA_VERSION } from "@levain/forecast";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDirectory } from "./directory.js";
import { createModelLoader, type LoadModel, type NamedModel } from "./load-model.js";
import { sampleArtifacts } from "./sample-models.js";
import { createArtifactStore, sha256Of, type ArtifactStore } from "./store.js";

const [ARTIFACT, OTHER] = sampleArtifacts(2) as [Buffer, Buffer];
const NAMED: NamedModel = { tenantId: "corner-bakery", sha256: sha256Of(ARTIFACT), bytes: ARTIFACT.length, schemaVersion: MODEL_SCHEMA_VERSION, text: null };

let folder: string;
let store: ArtifactStore;
let load: LoadModel;
const file = (): string => join(folder, NAMED.tenantId, NAMED.sha256);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "levain-load-"));
  store = createArtifactStore(openDirectory(folder));
  await store.claim("fleet", true);
  await store.put(NAMED.tenantId, ARTIFACT);
  load = createModelLoader(store);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("loading a model", () => {
  test("sets aside one that is not what was stored, and finds it good again when the same is stored anew", async () => {
    await writeFile(file(), OTHER);
    expect(await load(NAMED)).toEqual({ refused: expect.stringMatching(/^expected (SHA-256|\d+ bytes)/) });
    await expect(readFile(file())).rejects.toMatchObject({ code: "ENOENT" });
    expect(await load(NAMED)).toEqual({ refused: "expected a stored model, there is none" });
    await store.put(NAMED.tenantId, ARTIFACT);
    expect(await load(NAMED)).toMatchObject({ fitted: { schemaVersion: MODEL_SCHEMA_VERSION } });
  });

  test("verifies once and keeps the parsed copy, which serves on when the stored one is gone", async () => {
    const first = await load(NAMED);
    await rm(folder, { recursive: true });
    expect(await load(NAMED)).toBe(first);
  });

  test("takes no parsed copy for a row that says something else", async () => {
    await load(NAMED);
    expect(await load({ ...NAMED, bytes: NAMED.bytes + 1 })).toEqual({ refused: expect.stringContaining("bytes") });
    expect(await load({ ...NAMED, schemaVersion: 99 })).toEqual({ refused: expect.stringContaining("schema version") });
    expect(await load({ ...NAMED, tenantId: "another-bakery" })).toEqual({ refused: "expected a stored model, there is none" });
    // What its name says is left alone, whoever names it wrongly.
    expect(await readFile(file())).toEqual(ARTIFACT);
  });

  test("refuses nothing while nobody can tell: the store is away, or is another one", async () => {
    const unavailable = expect.objectContaining({ constructor: Failure, code: "artifact.unavailable" });
    await rm(folder, { recursive: true });
    await expect(load(NAMED)).rejects.toEqual(unavailable);
    await writeFile(folder, "no folder");
    await expect(load(NAMED)).rejects.toEqual(unavailable);
  });

  test("verifies a text that its row still holds each time, without a store", async () => {
    await rm(folder, { recursive: true });
    const text = ARTIFACT.toString();
    expect(await load({ ...NAMED, text })).toMatchObject({ fitted: { schemaVersion: MODEL_SCHEMA_VERSION } });
    expect(await load({ ...NAMED, text: text.replace(/\d/, (digit) => String((Number(digit) + 1) % 10)) })).toEqual({ refused: expect.stringContaining("SHA-256") });
    expect(await load({ ...NAMED, text: text.slice(1) })).toEqual({ refused: expect.stringContaining("bytes") });
  });
});
