import { describe, expect, test } from "vitest";
import { pagesOf } from "./pages.js";

const collect = async (cursors: readonly (string | null)[], pagesMax = 10): Promise<(string | null)[]> => {
  const asked: (string | null)[] = [];
  const pages = pagesOf("sales", pagesMax, (cursor) => {
    asked.push(cursor);
    return Promise.resolve({ nextCursor: cursors[asked.length - 1] ?? null });
  });
  for await (const _ of pages);
  return asked;
};

describe("pages", () => {
  test("are followed from the first to the last", async () => {
    expect(await collect(["b", "c", null])).toEqual([null, "b", "c"]);
  });

  test("that lead back to themselves are refused", async () => {
    await expect(collect(["b", "c", "b"])).rejects.toMatchObject({ code: "source.malformed" });
  });

  test("without end are refused", async () => {
    const endless = Array.from({ length: 100 }, (_, index) => `page-${index}`);
    await expect(collect(endless, 5)).rejects.toMatchObject({ code: "source.malformed", facts: { pagesMax: 5 } });
  });
});
