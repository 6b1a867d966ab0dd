import { demandClass } from "@levain/forecast";
import { resolvePolicy } from "@levain/contracts";
import type { TuneRequest } from "@levain/training";
import { expect, test } from "vitest";
import { fitInThread, tuneInThread } from "./fit-thread.js";
import { rehearse, type RehearsalOptions } from "./rehearse.js";

const fitted: string[] = [];
const engine = (): Pick<RehearsalOptions, "tune" | "fit"> & { readonly asked: TuneRequest[] } => {
  const asked: TuneRequest[] = [];
  return {
    asked,
    tune: async (request) => {
      asked.push(request);
      return tuneInThread(request);
    },
    fit: async (request) => {
      const answer = fitInThread(request);
      fitted.push(answer.family);
      return answer;
    },
  };
};

test("a rehearsal · trains as many products as it is told, of every demand class, to the end", async () => {
  const { asked, ...deps } = engine();
  const rehearsal = rehearse({ threads: 2, products: 2, ...deps });
  expect(rehearsal.isOver()).toBe(false);
  await rehearsal.ended;
  expect(rehearsal.isOver()).toBe(true);
  const { demandClasses } = resolvePolicy();
  expect(asked.map(({ series }) => demandClass(series, demandClasses)).toSorted()).toEqual(["high", "intermittent", "low", "medium"]);
  expect(fitted).toHaveLength(4);
});

test("a rehearsal · begins nothing more when there is work, and leaves what it began to its end", async () => {
  const { asked, ...deps } = engine();
  let stop = (): void => undefined;
  const rehearsal = rehearse({
    threads: 1,
    products: 100,
    ...deps,
    tune: async (request, signal) => {
      stop();
      return deps.tune(request, signal);
    },
  });
  stop = rehearsal.stop;
  const before = fitted.length;
  await rehearsal.ended;
  expect(asked).toHaveLength(1);
  expect(fitted).toHaveLength(before + 1);
});

test("a rehearsal · that fails is over, and nothing else", async () => {
  const rehearsal = rehearse({ threads: 2, products: 5, fit: engine().fit, tune: () => Promise.reject(new Error("the pool is closed")) });
  await rehearsal.ended;
  expect(rehearsal.isOver()).toBe(true);
});
