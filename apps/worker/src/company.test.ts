import { Failure } from "@levain/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isCondemned, keepCompany } from "./company.js";

const never = new AbortController().signal;
/** Lets everybody go on who can. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the company of trainings", () => {
  test("works together, except a suspect, whose turn comes and who then has the process to itself", async () => {
    const company = keepCompany();
    const told: string[] = [];
    const [first, second] = [await company.together(never), await company.together(never)];
    const alone = company.alone(never).then((leave) => (told.push("alone"), leave));
    const third = company.together(never).then((leave) => (told.push("third"), leave));
    await settle();
    first();
    await settle();
    expect(told, "the second is still there").toEqual([]);
    second();
    await settle();
    expect(told).toEqual(["alone"]);
    (await alone)();
    await settle();
    expect(told).toEqual(["alone", "third"]);
    (await third)();
  });

  test("is not waited for by one that must stop, and does not wait for it either", async () => {
    const company = keepCompany();
    const leave = await company.together(never);
    const stop = new AbortController();
    const alone = company.alone(stop.signal);
    const next = company.together(never);
    stop.abort(new Failure("process.stopping", "the process stops"));
    await expect(alone).rejects.toMatchObject({ code: "process.stopping" });
    (await next)();
    leave();
    await expect(company.together(AbortSignal.abort(new Error("gone")))).rejects.toThrow("gone");
  });

  test("lets everyone in in the end, and nobody beside one that is alone, in whatever order they come and go", async () => {
    const visit = fc.record({ isAlone: fc.boolean(), staysFor: fc.nat(5), givesUpAfter: fc.option(fc.nat(5), { nil: null }) });
    await fc.assert(
      fc.asyncProperty(fc.array(visit, { maxLength: 30 }), async (visits) => {
        const company = keepCompany();
        let inside = 0;
        let isTaken = false;
        await Promise.all(
          visits.map(async ({ isAlone, staysFor, givesUpAfter }) => {
            const patience = new AbortController();
            const waits = (isAlone ? company.alone : company.together)(patience.signal);
            if (givesUpAfter !== null) void (async () => {
              for (let turn = 0; turn < givesUpAfter; turn++) await Promise.resolve();
              patience.abort(new Error("gave up"));
            })();
            const leave = await waits.catch(() => null);
            if (!leave) return;
            expect(isTaken || (isAlone && inside > 0)).toBe(false);
            inside += 1;
            isTaken = isAlone;
            for (let turn = 0; turn < staysFor; turn++) await Promise.resolve();
            inside -= 1;
            if (isAlone) isTaken = false;
            leave();
          }),
        );
        expect(inside).toBe(0);
      }),
    );
  });
});

test("a product training is set aside after three workers that vanished with nothing else in hand, and three more than others survived", async () => {
  const product = { id: "rye", name: "Rye", isDiscontinued: false, hasOwnEvents: false };
  const claims = [0, 1, 2, 3, 4, 5].map((lostAlone) => ({ attempt: 20, fence: 1n, lostClaims: 19, lostAlone, product }));
  const condemned = (survived: number) => Promise.all(claims.map((claim) => isCondemned(claim, async () => survived)));
  expect(await condemned(0)).toEqual([false, false, false, true, true, true]);
  expect(await condemned(2)).toEqual([false, false, false, false, false, true]);
});
