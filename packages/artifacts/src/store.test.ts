/** One suite for both kinds of store: a folder, and a bucket on an S3 server of its own process. */
import { randomBytes, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { Failure } from "@levain/contracts";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { openS3, type S3 } from "../../../test/s3.js";
import { ArtifactEnv, openArtifacts } from "./address.js";
import { openBucket } from "./bucket.js";
import { openDirectory } from "./directory.js";
import type { Objects } from "./objects.js";
import { createArtifactStore, sha256Of, type ArtifactStore } from "./store.js";

const TENANT = "corner-bakery";
const FAR = 1_000_000;
const unavailable = expect.objectContaining({ constructor: Failure, code: "artifact.unavailable" });

async function all<T>(each: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of each) found.push(one);
  return found;
}

let folder: string;
let s3: S3;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "levain-artifacts-"));
  s3 = await openS3();
  vi.stubEnv("AWS_ACCESS_KEY_ID", s3.env.AWS_ACCESS_KEY_ID);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", s3.env.AWS_SECRET_ACCESS_KEY);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await s3?.close();
  await rm(folder, { recursive: true, force: true });
});

const openBucketHere = (): Objects => {
  const [, bucket = "", prefix = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(s3.env.ARTIFACT_STORE) ?? [];
  return openBucket({ bucket, prefix: `${prefix}/${randomUUID()}`, endpoint: s3.env.S3_ENDPOINT, region: "us-east-1", isPathStyle: true });
};

describe.each([
  ["a folder", (): Objects => openDirectory(join(folder, randomUUID()))],
  ["a bucket", openBucketHere],
])("an artifact store in %s", (_kind, open) => {
  let objects: Objects;
  let store: ArtifactStore;
  beforeEach(() => {
    objects = open();
    store = createArtifactStore(objects);
    return () => store.close();
  });
  const listed = async (): Promise<string[]> => (await all(store.list())).map(({ tenantId, sha256 }) => `${tenantId}/${sha256}`).sort();
  /** What a disk or a person does to what is stored. */
  const spoil = async (sha256: string, bytes: Buffer): Promise<void> => {
    await objects.remove(`${TENANT}/${sha256}`);
    await objects.create(`${TENANT}/${sha256}`, bytes);
  };

  test("gives back what was put there, under its SHA-256 and to its tenant alone", async () => {
    const bytes = randomBytes(50_000);
    const sha256 = await store.put(TENANT, bytes);
    expect(sha256).toBe(sha256Of(bytes));
    expect((await store.get(TENANT, sha256, bytes.length))?.equals(bytes)).toBe(true);
    expect(await store.get("another-bakery", sha256, FAR)).toBeNull();
    expect(await store.get(TENANT, "0".repeat(64), FAR)).toBeNull();
    expect(await all(store.list())).toEqual([{ tenantId: TENANT, sha256, bytes: 50_000, storedAt: expect.any(Date) }]);
  });

  test("keeps the same once, whoever puts it again and however many at once", async () => {
    const bytes = Buffer.from('{"the":"same"}');
    const digests = await Promise.all(Array.from({ length: 16 }, () => store.put(TENANT, bytes)));
    expect(new Set(digests)).toEqual(new Set([sha256Of(bytes)]));
    expect(await listed()).toEqual([`${TENANT}/${sha256Of(bytes)}`]);
    expect((await store.get(TENANT, sha256Of(bytes), FAR))?.equals(bytes)).toBe(true);
  });

  test("reads no more than one byte over what is asked for", async () => {
    const sha256 = await store.put(TENANT, Buffer.alloc(3_000_000, "a"));
    expect((await store.get(TENANT, sha256, 10))?.toString()).toBe("a".repeat(11));
  });

  test("sets aside what is not what its name says, and nothing else", async () => {
    const [good, bad] = [Buffer.from("good"), Buffer.from("bad")];
    const sha256 = await store.put(TENANT, good);
    expect(await store.setAside(TENANT, sha256)).toBe(false);
    await spoil(sha256, bad);
    expect(await store.setAside(TENANT, sha256)).toBe(true);
    expect(await store.setAside(TENANT, sha256)).toBe(false);
    expect(await store.get(TENANT, sha256, FAR)).toBeNull();
    expect(await listed()).toEqual([]);
    const kept = (await all(objects.list())).filter(({ name }) => name.startsWith(`.set-aside/${TENANT}/${sha256}-`));
    expect(kept).toHaveLength(1);
    expect((await objects.read(kept[0]?.name ?? "", FAR))?.equals(bad)).toBe(true);
  });

  test("replaces what is spoiled when the same is put again", async () => {
    const bytes = Buffer.from("as it should be");
    const sha256 = await store.put(TENANT, bytes);
    await spoil(sha256, Buffer.from("as it should bE"));
    expect(await store.put(TENANT, bytes)).toBe(sha256);
    expect((await store.get(TENANT, sha256, FAR))?.equals(bytes)).toBe(true);
  });

  test("forgets what is removed, once and again", async () => {
    const sha256 = await store.put(TENANT, Buffer.from("gone"));
    await store.remove(TENANT, sha256);
    await store.remove(TENANT, sha256);
    expect(await store.get(TENANT, sha256, FAR)).toBeNull();
  });

  test("lists more than a server shows at once", async () => {
    const digests = await Promise.all(Array.from({ length: 603 }, (_, index) => store.put(`tenant-${index % 3}`, Buffer.from(`number ${index}`))));
    expect((await listed()).map((each) => each.slice(-64)).sort()).toEqual(digests.sort());
  });

  test("belongs to the fleet that claimed it first", async () => {
    await expect(store.claim("ours", false)).rejects.toEqual(unavailable);
    await Promise.all([store.claim("ours", true), store.claim("ours", true)]);
    await store.claim("ours", false);
    await store.check();
    await expect(store.claim("theirs", true)).rejects.toEqual(unavailable);
    await objects.remove(".fleet");
    await expect(store.check()).rejects.toEqual(unavailable);
  });

  test("takes no name that leads out of it", async () => {
    for (const [tenantId, sha256] of [["..", "0".repeat(64)], [TENANT, "../../etc/passwd"], [TENANT, ""]] as const) {
      await expect(store.get(tenantId, sha256, FAR)).rejects.toThrow(RangeError);
      await expect(store.remove(tenantId, sha256)).rejects.toThrow(RangeError);
    }
    await expect(store.put("../other", Buffer.from("x"))).rejects.toThrow(RangeError);
  });
});

describe("a folder", () => {
  test("never shows a part of an artifact, also while many write the same one", async () => {
    const path = join(folder, randomUUID());
    const store = createArtifactStore(openDirectory(path));
    const bytes = randomBytes(400_000);
    const sha256 = sha256Of(bytes);
    let isWriting = true;
    const writing = Promise.all(Array.from({ length: 8 }, () => store.put(TENANT, bytes))).finally(() => (isWriting = false));
    const seen = new Set<number>();
    while (isWriting) seen.add((await store.get(TENANT, sha256, FAR))?.length ?? 0);
    await writing;
    seen.add((await store.get(TENANT, sha256, FAR))?.length ?? 0);
    expect([...seen].filter((length) => length !== 0)).toEqual([bytes.length]);
    expect(await readdir(join(path, ".incoming"))).toEqual([]);
  });

  test("drops what a writer that died left behind, after a day", async () => {
    const path = join(folder, randomUUID());
    const [old, young] = [join(path, ".incoming", "old"), join(path, ".incoming", "young")];
    await mkdir(join(path, ".incoming"), { recursive: true });
    for (const each of [old, young]) await writeFile(each, "half of it");
    const yesterday = new Date(Date.now() - 25 * 3_600_000);
    await utimes(old, yesterday, yesterday);
    expect(await all(createArtifactStore(openDirectory(path)).list())).toEqual([]);
    await expect(stat(old)).rejects.toMatchObject({ code: "ENOENT" });
    expect((await stat(young)).isFile()).toBe(true);
  });

  test("that cannot be used is unavailable, which says nothing about what is in it", async () => {
    const path = join(folder, randomUUID());
    await writeFile(path, "a file where the folder should be");
    const store = createArtifactStore(openDirectory(path));
    await expect(store.put(TENANT, Buffer.from("x"))).rejects.toEqual(unavailable);
    await expect(store.get(TENANT, "0".repeat(64), FAR)).rejects.toEqual(unavailable);
  });
});

describe("a bucket", () => {
  test("that does not exist, or whose server is away, is unavailable within its attempts", async () => {
    const elsewhere = openBucket({ bucket: "no-such-bucket", prefix: "", endpoint: s3.env.S3_ENDPOINT, region: "us-east-1", isPathStyle: true });
    await expect(elsewhere.read("x", FAR)).rejects.toMatchObject({ code: "artifact.unavailable", facts: { sign: "NoSuchBucket" } });
    const nobody = openBucket({ bucket: "levain-test", prefix: "", endpoint: "http://127.0.0.1:1", region: "us-east-1", isPathStyle: true });
    await expect(nobody.create("x", Buffer.from("x"))).rejects.toMatchObject({ code: "artifact.unavailable", facts: { sign: "ECONNREFUSED" } });
    await expect(nobody.read("x", FAR)).rejects.toEqual(unavailable);
    await expect(all(nobody.list())).rejects.toEqual(unavailable);
    // The SDK's error holds the signed request.
    const failure: unknown = await elsewhere.read("x", FAR).catch((error: unknown) => error);
    expect(inspect(failure, { depth: 12, showHidden: true })).not.toContain("Signature=");
    nobody.close();
    elsewhere.close();
  });

  test("on a server that keeps to the condition is never overwritten", async ({ annotate }) => {
    const objects = openBucketHere();
    expect(await objects.create("taken", Buffer.from("first"))).toBe(true);
    expect(await objects.create("taken", Buffer.from("second"))).toBe(!s3.isStrict);
    expect((await objects.read("taken", FAR))?.toString()).toBe(s3.isStrict ? "first" : "second");
    if (!s3.isStrict) await annotate("s3rver does not look at If-None-Match: the second write replaces the first");
    objects.close();
  });
});

describe("an address", () => {
  const Env = z.object(ArtifactEnv);
  const addressOf = (ARTIFACT_STORE: string) => Env.parse({ ARTIFACT_STORE }).ARTIFACT_STORE;

  test("names a folder or a bucket with its prefix", () => {
    expect(addressOf("file:/var/lib/levain")).toEqual({ kind: "directory", folder: "/var/lib/levain" });
    expect(addressOf("file:///var/lib/levain")).toEqual({ kind: "directory", folder: "/var/lib/levain" });
    expect(addressOf("file:models")).toEqual({ kind: "directory", folder: join(process.cwd(), "models") });
    expect(Env.parse({}).ARTIFACT_STORE).toEqual({ kind: "directory", folder: join(process.cwd(), ".levain", "artifacts") });
    expect(addressOf("s3://bakery-models")).toEqual({ kind: "bucket", bucket: "bakery-models", prefix: "" });
    expect(addressOf("s3://bakery-models/fleet/a/")).toEqual({ kind: "bucket", bucket: "bakery-models", prefix: "fleet/a" });
  });

  test.each(["", "/var/lib", "file:", "s3://", "s3://Bucket", "s3://bucket/../other", "https://bucket", "s3://bucket//x"])("is refused as %j", (text) => {
    expect(() => addressOf(text)).toThrow(/expected file:\/a\/folder or s3:\/\/bucket\/prefix/);
  });

  test("opens the store that it names", async () => {
    const env = { S3_ENDPOINT: s3.env.S3_ENDPOINT, ARTIFACT_STORE: `${s3.env.ARTIFACT_STORE}/opened` };
    const store = openArtifacts(Env.parse(env));
    const sha256 = await store.put(TENANT, Buffer.from("here"));
    expect((await store.get(TENANT, sha256, FAR))?.toString()).toBe("here");
    store.close();
  });
});
