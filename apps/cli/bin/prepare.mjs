/** Brings a checkout to where its programs can run: packages installed as the lock file says, sources compiled. */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");

const NODE_MIN = [20, 19];
/** npm writes it at the end of each install; older than the lock file, or absent, it means that packages are missing. */
const INSTALLED = join(root, "node_modules", ".package-lock.json");

export function prepare() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < NODE_MIN[0] || (major === NODE_MIN[0] && minor < NODE_MIN[1])) {
    stop(`Levain needs Node ${NODE_MIN.join(".")} or newer; this is ${process.versions.node}.`);
  }
  process.chdir(root);
  if (changedAt(INSTALLED) < changedAt(join(root, "package-lock.json"))) {
    console.log("Installing packages …");
    run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error", "--include=dev"]);
  }
  run("npm", ["run", "--silent", "build"]);
}

/** Runs to its end and shows what it said only when it fails. */
function run(command, args) {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", TURBO_NO_UPDATE_NOTIFIER: "1" };
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, env, encoding: "utf8", shell: process.platform === "win32" });
  if (status !== 0) stop(`${command} ${args.join(" ")} failed:\n${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`);
}

function changedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function stop(message) {
  console.error(message);
  process.exit(1);
}
