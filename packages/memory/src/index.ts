/**
 * Remembers what tuning a product came to, so that an unchanged product is not tuned again; and tells by digests what
 * unchanged means.
 *
 * Redis holds one value per product: the digest of what was asked and the answer. Another digest is another question, and
 * the answer to it takes the old one's place: each night brings new days, so an older answer is not asked for again, and
 * a fleet remembers as much as it has products. Nothing here is truth: whatever is lost, late or damaged is tuned anew.
 */
export { tuningDigest, type TuningQuestion } from "./digest.js";
export { lineageOf, type Ingredients } from "./lineage.js";
export { createTuningMemory, type TuningMemory, type TuningMemoryOptions } from "./tuning-memory.js";
