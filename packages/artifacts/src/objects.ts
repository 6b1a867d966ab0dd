/** What an artifact store stands on: named bytes, on a disk or in a bucket. */

/** Names are tenant ids, digests and words of ours, joined by slashes: nothing in them needs to be escaped. */
export type Objects = {
  /** Stores bytes under a name that is free, whole or not at all, and for good. False where the name is taken: nothing is overwritten. */
  create(name: string, bytes: Buffer): Promise<boolean>;
  /** Null where there is none; no more than one byte over `bytesMax` of one that is longer. */
  read(name: string, bytesMax: number): Promise<Buffer | null>;
  /** Gives it another name. False where it is gone already. */
  move(name: string, to: string): Promise<boolean>;
  /** Nothing happens where it is gone already. */
  remove(name: string): Promise<void>;
  /** Everything that is stored, in no order. */
  list(): AsyncIterable<StoredObject>;
  close(): void;
};

export type StoredObject = { readonly name: string; readonly bytes: number; readonly storedAt: Date };
