/** A thread that does nothing but fit: rehearses, says so, and at a word takes one product after the other until none is left. */
import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";

const worker = (path) => import(new URL(`../apps/worker/dist/${path}`, import.meta.url).href);
const { fitInThread, tuneInThread } = await worker("fit-thread.js");
const { rehearse } = await worker("rehearse.js");

const { requests, rehearsals, taken } = workerData;
await rehearse({ threads: 1, products: rehearsals, tune: async (request) => tuneInThread(request), fit: async (request) => fitInThread(request) }).ended;
parentPort.postMessage("warm");
await once(parentPort, "message");
let fitMs = 0;
for (let next = Atomics.add(taken, 0, 1); next < requests.length; next = Atomics.add(taken, 0, 1)) {
  const { tune, fit } = requests[next];
  fitMs += tuneInThread(tune).computeMs + fitInThread(fit).computeMs;
}
parentPort.postMessage(fitMs);
