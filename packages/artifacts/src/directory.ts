/**
 * Objects as files below one folder, which all processes of a fleet see: a local one, or a shared volume.
 *
 *     .incoming/<random> ──written, flushed, linked──▶ <name>
 *
 * A name appears with all of its bytes or not at all: the bytes reach the disk under a name of their own first, and a
 * link, unlike a rename, never takes a name that somebody has.
 */
import { randomUUID } from "node:crypto";
import { link, mkdir, open, readdir, rename, stat, unlink } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { Failure } from "@levain/contracts";
import type { Objects, StoredObject } from "./objects.js";

const INCOMING = ".incoming";

/** Milliseconds after which what was begun and never linked is what a process left behind that died. */
const BEGUN_WITHIN_MS = 24 * 3_600_000;

/** @param folder absolute; made when first written to */
export function openDirectory(folder: string): Objects {
  const pathOf = (name: string): string => join(folder, ...name.split("/"));
  const at = <T>(name: string, run: () => Promise<T>): Promise<T> => translated(name, run);

  return {
    create: (name, bytes) =>
      at(name, async () => {
        const begun = await write(join(folder, INCOMING), bytes);
        try {
          return await linked(begun, pathOf(name));
        } finally {
          await unlink(begun);
        }
      }),

    read: (name, bytesMax) => at(name, () => unlessGone(() => readUpTo(pathOf(name), bytesMax + 1), null)),

    move: (name, to) =>
      at(name, async () => {
        await mkdir(dirname(pathOf(to)), { recursive: true });
        return unlessGone(async () => {
          await rename(pathOf(name), pathOf(to));
          return true;
        }, false);
      }),

    remove: (name) => at(name, () => unlessGone(() => unlink(pathOf(name)), undefined)),

    async *list() {
      await at(INCOMING, () => removeLeftovers(join(folder, INCOMING)));
      for (const each of await at("", () => unlessGone(() => readdir(folder, { withFileTypes: true }), []))) {
        if (each.isDirectory() && each.name !== INCOMING) yield* filesBelow(join(folder, each.name), folder, at);
      }
    },

    close: () => undefined,
  };
}

/** Writes bytes under a random name and waits for the disk. @returns the path */
async function write(folder: string, bytes: Buffer): Promise<string> {
  const path = join(folder, randomUUID());
  const file = await inFolder(folder, () => open(path, "wx"));
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  return path;
}

/** False where the name is taken. */
async function linked(begun: string, path: string): Promise<boolean> {
  try {
    await inFolder(dirname(path), () => link(begun, path));
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
  // The name is on the disk when its folder is.
  const folder = await open(dirname(path), "r");
  await folder.sync().finally(() => folder.close());
  return true;
}

/** Makes the folder when it turns out to be missing, which it is once. */
async function inFolder<T>(folder: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    await mkdir(folder, { recursive: true });
    return run();
  }
}

async function readUpTo(path: string, bytesMax: number): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(size, bytesMax));
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  } finally {
    await file.close();
  }
}

async function* filesBelow(folder: string, root: string, at: <T>(name: string, run: () => Promise<T>) => Promise<T>): AsyncIterable<StoredObject> {
  const name = relative(root, folder).split(sep).join("/");
  for (const each of await at(name, () => unlessGone(() => readdir(folder, { withFileTypes: true }), []))) {
    const path = join(folder, each.name);
    if (each.isDirectory()) yield* filesBelow(path, root, at);
    const found = each.isFile() ? await at(name, () => unlessGone(() => stat(path), null)) : null;
    if (found) yield { name: `${name}/${each.name}`, bytes: found.size, storedAt: found.mtime };
  }
}

async function removeLeftovers(incoming: string): Promise<void> {
  for (const name of await unlessGone(() => readdir(incoming), [])) {
    const path = join(incoming, name);
    const found = await unlessGone(() => stat(path), null);
    if (found && Date.now() - found.mtimeMs > BEGUN_WITHIN_MS) await unlessGone(() => unlink(path), undefined);
  }
}

async function unlessGone<T, Gone>(run: () => Promise<T>, gone: Gone): Promise<T | Gone> {
  try {
    return await run();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return gone;
    throw error;
  }
}

/** Whatever a disk has against us is the disk's trouble and may pass: no space, no permission, too many open files, a stale mount. */
async function translated<T>(name: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    throw new Failure("artifact.unavailable", `the artifact store's folder could not be used: ${codeOf(cause)}`, { sign: codeOf(cause), name }, { cause });
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : String(error));
