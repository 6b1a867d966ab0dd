/** `npm test`: everything that says the project is good. The last line counts the tests and the two checks before them. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepare, root } from "./prepare.mjs";

prepare();

const counts = { passed: 0, failed: 0, skipped: 0 };
check("types", ["tsc", "--project", "tsconfig.json"]);
check("lint", ["oxlint", "--deny-warnings"]);
runTests(process.argv.slice(2));

if (counts.skipped > 0) console.log(`${counts.skipped} skipped, for want of real tenant folders: LEVAIN_DATA_DIR names their place.`);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;

function check(name, [tool, ...args]) {
  console.log(`\n— ${name}`);
  const { status } = spawnSync(join(root, "node_modules", ".bin", tool), args, { cwd: root, stdio: "inherit" });
  counts[status === 0 ? "passed" : "failed"] += 1;
}

function runTests(args) {
  console.log("\n— tests");
  const folder = mkdtempSync(join(tmpdir(), "levain-results-"));
  const resultFile = join(folder, "results.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${resultFile}`];
  const { status } = spawnSync(join(root, "node_modules", ".bin", "vitest"), ["run", ...reporters, ...args], { cwd: root, stdio: "inherit" });
  try {
    const result = JSON.parse(readFileSync(resultFile, "utf8"));
    counts.passed += result.numPassedTests;
    counts.failed += result.numFailedTests;
    counts.skipped += result.numPendingTests + result.numTodoTests;
    // A file that could not even be loaded, or an error outside of any test, fails the run without failing a test.
    if (status !== 0 && result.numFailedTests === 0) counts.failed += 1;
  } catch (error) {
    console.error(`The tests left no result: ${error.message}`);
    counts.failed += 1;
  }
  rmSync(folder, { recursive: true, force: true });
}
