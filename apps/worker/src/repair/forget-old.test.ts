import { expect, test } from "vitest";
import { createForgetOld } from "./forget-old.js";

test("what is old is forgotten part by part, and looked for again after a while", async () => {
  const NOTHING = { forecastIssues: 0, weather: 0, evidence: 0, contexts: 0, calendars: 0 };
  const parts = [{ ...NOTHING, forecastIssues: 1_000 }, { ...NOTHING, calendars: 3 }, NOTHING, NOTHING];
  let now = 0;
  let asked = 0;
  const forgetOld = createForgetOld(60_000);
  const turn = () => forgetOld({ now: () => new Date(now), forgetOld: async () => parts[asked++] ?? NOTHING });
  for (let i = 0; i < 5; i += 1) await turn();
  expect(asked).toBe(3);
  now = 59_999;
  await turn();
  expect(asked).toBe(3);
  now = 60_000;
  await turn();
  expect(asked).toBe(4);
});
