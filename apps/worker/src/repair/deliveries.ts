/**
 * From the outbox to the queue. What is to be told is written by whoever has something to tell and by nobody else, so
 * this is how the queue learns of it at all, as well as how it learns again of what it lost.
 */
import type { DeliverWebhookJob, DeliveryId } from "@levain/contracts";
import type { DeliveryJob, DeliveryName } from "@levain/db";
import type { CountRepairs } from "./count-repairs.js";

export type RepairDeliveriesDeps = {
  untoldDeliveries(limit: number): Promise<readonly DeliveryJob[]>;
  /** Puts them on the queue and notes that they are there. */
  enqueueDeliveries(deliveries: readonly DeliveryJob[]): Promise<void>;
  waitingDeliveries(forMs: number, after: DeliveryId | null, limit: number): Promise<readonly DeliveryName[]>;
  /** Of these the ones that the queue will not make. */
  lostDeliveries(deliveries: readonly DeliveryName[]): Promise<readonly DeliveryName[]>;
  putDeliveriesBack(deliveries: readonly DeliveryName[]): Promise<number>;
  /** Forgets messages of long ago. */
  forgetOldMessages(): Promise<number>;
  repaired: CountRepairs;
};

/** Deliveries told or looked for in one go; what remains waits for the next repair. */
const PAGE = 1_000;

export const deliveryJob = ({ deliveryId, generation }: DeliveryName): DeliverWebhookJob => ({ version: 1, deliveryId, generation });

export async function tellDeliveries(deps: RepairDeliveriesDeps): Promise<void> {
  const untold = await deps.untoldDeliveries(PAGE);
  if (untold.length > 0) await deps.enqueueDeliveries(untold);
}

/** @param staleMs how long a delivery may be on the queue before it is looked for @returns the repair, which remembers where it was */
export function createPutBackLostDeliveries(staleMs: number): (deps: RepairDeliveriesDeps) => Promise<void> {
  let place: DeliveryId | null = null;
  return async (deps) => {
    const waiting: readonly DeliveryName[] = await deps.waitingDeliveries(staleMs, place, PAGE);
    place = waiting.length < PAGE ? null : (waiting.at(-1)?.deliveryId ?? null);
    const lost = await deps.lostDeliveries(waiting);
    deps.repaired("lost-delivery", lost.length === 0 ? 0 : await deps.putDeliveriesBack(lost));
  };
}
