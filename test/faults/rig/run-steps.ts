/** The steps of the model-based test: each does one thing to the database and to the model, and compares the answers. */
import type { TrainingOutcome } from "@levain/contracts";
import fc from "fast-check";
import { contextOf, CUTOFF, productsOf, skipped, trained } from "../../../packages/db/src/sample-bakery.js";
import { agree, agreeThatLate, isOpen, isRunOver, openRunOf, type ModelRun, type ModelTraining, type Real, type TenantModel } from "./run-model.js";

type Step = fc.AsyncCommand<TenantModel, Real>;

const PRODUCTS = productsOf(3);
const tomorrow = (): Date => new Date(Date.now() + 86_400_000);
const NIGHTS = ["2026-05-02", "2026-05-03", "2026-05-04"];

const step = (name: string, run: (model: TenantModel, real: Real) => Promise<void>): Step => ({ check: () => true, run, toString: () => name });

const newRun = (id: string): ModelRun => ({ id, status: "accepted", fence: 0n, generation: 1, trainings: [] });

const ask = step("ask for a run", async (model, { tenant }) => {
  const answer = await tenant.acceptRun({ cutoff: CUTOFF, trigger: "request", requestDigest: "asked", deadlineAt: tomorrow() });
  const open = openRunOf(model);
  if (open) return agree(answer, { kind: "open", openRunId: open.id });
  agree(answer.kind, "accepted");
  if (answer.kind === "accepted") model.runs.push(newRun(answer.run.id));
});

const tick = (night: number): Step =>
  step(`night ${night}`, async (model, { db, tenantId }) => {
    const day = NIGHTS[night] ?? "";
    const claimed = await db.nightly.claimNight(tenantId, day, { cutoff: CUTOFF, deadlineAt: tomorrow() });
    const isDue = !openRunOf(model) && !model.nights.has(day);
    agree(claimed !== null, isDue);
    if (!claimed) return;
    model.nights.add(day);
    model.runs.push(newRun(claimed.runId));
  });

const start = step("start the run", async (model, { tenant }) => {
  const run = openRunOf(model);
  if (!run) return;
  const isFirst = run.status === "accepted";
  const started = await tenant.startRun(run.id, contextOf(), PRODUCTS, []);
  if (isFirst) {
    model.fence += 1n;
    run.status = "running";
    run.fence = model.fence;
    run.trainings = PRODUCTS.map(({ id }) => ({ productId: id, status: "queued", attempt: 0, generation: 1, lostClaims: 0 }));
  }
  agree([started.fence, started.startedNow], [run.fence, isFirst]);
  agree(started.products.map(({ productId }) => productId).toSorted(), run.trainings.filter(isOpen).map(({ productId }) => productId).toSorted());
});

/** A job arrives at a worker: the newest of its product, or one that a repair has replaced since. */
const claim = (product: number, isReplaced: boolean): Step =>
  step(`${isReplaced ? "a replaced job claims" : "claim"} product ${product}`, async (model, { tenant }) => {
    const run = model.runs.at(-1);
    const training = run?.trainings[product];
    if (!run || !training) return;
    const generation = training.generation - (isReplaced ? 1 : 0);
    const claimed = await tenant.claim(run.id, training.productId, "worker", generation);
    if (isReplaced || run.status !== "running" || !isOpen(training)) return agree(claimed, null);
    training.lostClaims += training.status === "running" ? 1 : 0;
    training.attempt += 1;
    training.status = "running";
    agree([claimed?.attempt, claimed?.fence, claimed?.lostClaims], [training.attempt, run.fence, training.lostClaims]);
    model.claims.push({ run, training, attempt: training.attempt, fence: run.fence });
  });

const OUTCOMES = ["trained", "skipped", "failed", "dead"] as const;
type Outcome = (typeof OUTCOMES)[number];

/** Whoever ever claimed a product training may come and end it, however late. */
const end = (index: number, outcome: Outcome, isBetter: boolean): Step =>
  step(`claim ${index} ends ${outcome}`, async (model, { tenant }) => {
    const held = model.claims[index % Math.max(1, model.claims.length)];
    if (!held) return;
    const { run, training, attempt, fence } = held;
    const write = (): Promise<{ runEnded: boolean }> => {
      if (outcome === "failed") return tenant.fail(run.id, training.productId, attempt, fence, "fit.timed-out", "too slow");
      if (outcome === "dead") return tenant.setAside(run.id, training.productId, attempt, fence, "its workers vanished");
      const came: TrainingOutcome = outcome === "skipped" ? skipped : trained({ becomesChampion: isBetter || !model.champions.has(training.productId) });
      return tenant.commit(run.id, training.productId, attempt, fence, came);
    };
    const isNewest = attempt === training.attempt;
    if (isNewest && training.status === outcome) return void (await write());
    if (!isNewest || !isOpen(training) || run.status !== "running" || run.fence !== fence) return agreeThatLate(write());
    const { runEnded } = await write();
    finish(model, run, training, outcome, isBetter);
    agree(runEnded, isRunOver(run));
  });

function finish(model: TenantModel, run: ModelRun, training: ModelTraining, outcome: Outcome, isBetter: boolean): void {
  training.status = outcome;
  if (isRunOver(run)) run.status = "finished";
  if (outcome !== "trained") return;
  model.models.set(training.productId, [...(model.models.get(training.productId) ?? []), run.id]);
  if (isBetter || !model.champions.has(training.productId)) model.champions.set(training.productId, run.id);
}

const defer = (index: number): Step =>
  step(`claim ${index} waits`, async (model, { tenant }) => {
    const held = model.claims[index % Math.max(1, model.claims.length)];
    if (!held) return;
    const { run, training, attempt } = held;
    const holds = attempt === training.attempt && (training.status === "running" || training.status === "deferred");
    agree(await tenant.defer(run.id, training.productId, attempt, "source.timeout", "no answer"), holds);
    if (holds) training.status = "deferred";
  });

/** Redis forgot everything: whatever is open goes back with the next generation. */
const wipe = step("wipe the queue", async (model, { db, tenantId }) => {
  const run = openRunOf(model);
  if (!run) return;
  const open = run.trainings.filter(isOpen);
  agree(await db.repairs.putRunBack({ tenantId, runId: run.id }), run.status === "accepted" ? 1 : open.length);
  if (run.status === "accepted") run.generation += 1;
  for (const training of open) {
    training.generation += 1;
    if (training.status === "running") training.status = "queued";
  }
});

const cancel = step("cancel the run", async (model, { tenant }) => {
  const run = model.runs.at(-1);
  if (!run) return;
  const wasOpen = run === openRunOf(model);
  agree(await tenant.cancelRun(run.id), wasOpen);
  if (!wasOpen) return;
  model.fence += 1n;
  run.fence = model.fence;
  run.status = "cancelled";
  for (const training of run.trainings) if (isOpen(training)) training.status = "cancelled";
});

const issueKey = step("issue a key", async (model, { db, tenantId }) => {
  model.keys.push({ ...(await db.keys.issue({ role: "tenant", tenantId, label: "model" })), isRevoked: false });
});

const revokeKey = (index: number): Step =>
  step(`revoke key ${index}`, async (model, { db, tenantId }) => {
    const key = model.keys[index % Math.max(1, model.keys.length)];
    if (!key) return;
    agree(await db.keys.revoke(key.keyId), !key.isRevoked);
    key.isRevoked = true;
    agree(await db.keys.authenticate(key.secret), null);
    for (const other of model.keys) if (!other.isRevoked) agree((await db.keys.authenticate(other.secret))?.tenantId, tenantId);
  });

const product = fc.nat(PRODUCTS.length - 1);
const claimed = fc.nat(20);

/** Weighted so that most walks get as far as trained products. */
export const steps: readonly fc.Arbitrary<Step>[] = [
  fc.constant(ask),
  fc.constant(start),
  fc.constant(start),
  ...Array.from({ length: 4 }, () => product.map((number) => claim(number, false))),
  product.map((number) => claim(number, true)),
  ...Array.from({ length: 5 }, () => fc.tuple(claimed, fc.constantFrom(...OUTCOMES, "trained" as const, "trained" as const), fc.boolean()).map(([index, outcome, isBetter]) => end(index, outcome, isBetter))),
  claimed.map(defer),
  fc.constant(wipe),
  fc.constant(cancel),
  fc.nat(NIGHTS.length - 1).map(tick),
  fc.constant(issueKey),
  fc.nat(5).map(revokeKey),
];
