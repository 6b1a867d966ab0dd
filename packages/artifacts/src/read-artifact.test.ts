import { MODEL_SCHEMA_VERSION, toJson } from "@levain/forecast";
import { describe, expect, test } from "vitest";
import { notAsStored, readArtifact, type Named } from "./read-artifact.js";
import { sampleArtifacts } from "./sample-models.js";
import { sha256Of } from "./store.js";

const ARTIFACTS = sampleArtifacts(100);
/** Each bit of a byte, and all of them. */
const MASKS = [1, 2, 4, 8, 16, 32, 64, 128, 255];
const namedOf = (bytes: Buffer): Named => ({ sha256: sha256Of(bytes), bytes: bytes.length, schemaVersion: MODEL_SCHEMA_VERSION });
const isRefused = (stored: Buffer, named: Named): boolean => "refused" in readArtifact(stored, named);

describe("a stored artifact", () => {
  test("that is as it was stored is the model that was stored", () => {
    for (const artifact of ARTIFACTS) {
      const answer = readArtifact(artifact, namedOf(artifact));
      expect("fitted" in answer && answer.fitted && toJson(answer.fitted)).toBe(artifact.toString());
    }
    expect(new Set(ARTIFACTS.map(sha256Of)).size).toBe(100);
  });

  test("is refused with any single byte of it flipped", () => {
    let flips = 0;
    for (const artifact of ARTIFACTS) {
      const named = namedOf(artifact);
      const spoiled = Buffer.from(artifact);
      for (let at = 0; at < spoiled.length; at++) {
        for (const mask of MASKS) {
          spoiled[at] = (artifact[at] ?? 0) ^ mask;
          if (!isRefused(spoiled, named)) expect.fail(`accepted with byte ${at} of ${artifact.length} flipped by ${mask}`);
          flips += 1;
        }
        spoiled[at] = artifact[at] ?? 0;
      }
      expect(isRefused(spoiled, named)).toBe(false);
    }
    expect(flips).toBe(ARTIFACTS.reduce((sum, { length }) => sum + length * MASKS.length, 0));
  });

  test("is refused cut to any shorter length, and with a byte more", () => {
    for (const artifact of ARTIFACTS) {
      const named = namedOf(artifact);
      for (let length = 0; length < artifact.length; length++) expect(notAsStored(artifact.subarray(0, length), named)).toMatch(/^expected \d+ bytes/);
      expect(isRefused(Buffer.concat([artifact, Buffer.from(" ")]), named)).toBe(true);
    }
  });

  test("is refused in the place of any other", () => {
    for (const artifact of ARTIFACTS) {
      for (const other of ARTIFACTS) if (other !== artifact) expect(isRefused(other, namedOf(artifact))).toBe(true);
    }
  });

  // The digest is that of the bytes, as if somebody had written both.
  test.each([
    ["no JSON", '{"schemaVersion":2', /^expected a model's shape/],
    ["JSON of something else", '{"schemaVersion":2,"hello":"there"}', /^expected a model's shape: .*cutoff/],
    ["of another schema version than its row says", (text: string) => text.replace(/"schemaVersion":\d+/, '"schemaVersion":99'), `expected schema version ${MODEL_SCHEMA_VERSION}, the stored model has 99`],
    ["of no known family", (text: string) => text.replaceAll('"seasonal-naive"', '"oracle"'), /unknown family/],
    ["of too few weekdays", (text: string) => text.replace(/"weekdays":\[[^,]+,/, '"weekdays":['), /seven weekdays/],
    ["of a number that is too large for one", (text: string) => text.replace(/"scale":[^,}]+/, '"scale":1e999'), "expected finite numbers, the stored model has one that is not"],
    ["of a number that is text", (text: string) => text.replace(/"scale":([^,}]+)/, '"scale":"$1"'), /transform/],
  ])("is refused when it is %s", (_what, change, reason) => {
    const text = ARTIFACTS[0]?.toString() ?? "";
    const changed = Buffer.from(typeof change === "string" ? change : change(text));
    expect(changed.toString()).not.toBe(text);
    expect(readArtifact(changed, namedOf(changed))).toEqual({ refused: expect.stringMatching(reason) });
  });

  test("of a newer engine is whole, and not to be read by this one", () => {
    const newer = Buffer.from((ARTIFACTS[0]?.toString() ?? "").replace(/"schemaVersion":\d+/, '"schemaVersion":99'));
    expect(readArtifact(newer, { ...namedOf(newer), schemaVersion: 99 })).toEqual({ fitted: null });
  });
});
