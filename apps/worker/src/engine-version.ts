/** Which engine this worker computes with, told by the engine's own text: nobody has to remember to raise a number. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** SHA-256 over the engine's code and the versions of what it imports. Reads about fifty small files. */
export const engineVersion = (folder = dirname(fileURLToPath(import.meta.resolve("@levain/forecast")))): string => {
  const code = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => /\.[jt]s$/.test(file) && !/\.d\.ts$|\.test\./.test(file));
  const hash = createHash("sha256");
  for (const file of ["../package.json", ...code.toSorted()]) hash.update(`${file}\n`).update(readFileSync(join(folder, file)));
  return hash.digest("hex");
};
