/**
 * The order in which a model never names an artifact that is not there: the artifact is stored, then it is named. A worker
 * that dies in between leaves an artifact that nobody names, which is collected after a day; where that day had passed,
 * because the same artifact was left behind once before, it is stored anew.
 */
import { sha256Of } from "@levain/artifacts";
import { isCondemned } from "@levain/db";

export type StoreThenName<T> = {
  put(artifact: Buffer): Promise<unknown>;
  /** @throws what `isCondemned` when the artifact may be gone again */
  name(): Promise<T>;
  /** Stores it while nobody collects it. */
  reprieve(sha256: string, put: () => Promise<void>): Promise<unknown>;
};

/** @param text the artifact; null where there is none to store */
export async function storeThenName<T>(text: string | null, { put, name, reprieve }: StoreThenName<T>): Promise<T> {
  if (text === null) return name();
  const artifact = Buffer.from(text, "utf8");
  await put(artifact);
  try {
    return await name();
  } catch (error) {
    if (!isCondemned(error)) throw error;
    await reprieve(sha256Of(artifact), async () => void (await put(artifact)));
    return name();
  }
}
