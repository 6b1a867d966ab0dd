/** One fit thread's life: many trainings, each of another product, and what of them stays in memory. */
import { runInNewContext } from "node:vm";
import { setFlagsFromString } from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import { trainingOf } from "./training.mjs";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");

const { trainings, every, days } = workerData;
const heapMb = [];
for (let i = 1; i <= trainings; i += 1) {
  trainingOf({ days, seed: i }).run();
  if (i % every !== 0) continue;
  collectGarbage();
  heapMb.push(process.memoryUsage().heapUsed / 2 ** 20);
}
parentPort.postMessage(heapMb);
