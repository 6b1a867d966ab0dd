/** Every few seconds: become or stay the leader, and repair. A process that cannot, because another leads, only asks. */

export type RepairLoop = { isLeader(): boolean; stop(): Promise<void> };

export type RepairLoopDeps = {
  /** @param ttlMs how long leadership lasts without another word */
  lead(ttlMs: number): Promise<boolean>;
  resign(): Promise<void>;
  /** Once each time that this process becomes the leader, before its first repair. */
  elected(): Promise<void>;
  repair(lead: () => Promise<boolean>): Promise<void>;
  warn(sentence: string, fields: Record<string, unknown>): void;
  /** From [0, 1). */
  random(): number;
};

/** A leader that misses two turns is replaced. */
const TURNS_PER_TTL = 3;

export function startRepairing(everyMs: number, deps: RepairLoopDeps): RepairLoop {
  let isLeader = false;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  const lead = async (): Promise<boolean> => {
    isLeader = !isStopped && (await deps.lead(TURNS_PER_TTL * everyMs));
    return isLeader;
  };
  const turn = async (): Promise<void> => {
    const wasLeader = isLeader;
    try {
      if (!(await lead())) return;
      if (!wasLeader) await deps.elected();
      await deps.repair(lead);
    } catch (error) {
      isLeader = false;
      deps.warn("the repair could not be done and comes again", { error });
    }
  };
  const turns = async (): Promise<void> => {
    await turn();
    // Spread by ±20 %, so that the fleet does not ask as one.
    if (!isStopped) timer = setTimeout(() => (current = turns()), everyMs * (0.8 + deps.random() * 0.4));
  };

  let current = turns();
  return {
    isLeader: () => isLeader,
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await current;
      isLeader = false;
      await deps.resign();
    },
  };
}
