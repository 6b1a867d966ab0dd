/** Which producer, which tenant, which key: named on the command line, in the environment, or by the embedded Levain. */
import { connectLevain, type Levain } from "@levain/client";
import type { Command } from "commander";
import { StartError } from "../embedded/server-process.js";
import { defaultFolder, readState, writeState } from "../up/state.js";

export type ProducerOptions = { readonly url?: string; readonly key?: string; readonly folder: string };
export type ConnectionOptions = ProducerOptions & { readonly tenant?: string };

export const withConnectionOptions = (command: Command): Command =>
  withProducerOptions(command.option("--tenant <id>", "tenant id; the last one trained by `up` when absent"));

/** For what is of no tenant, or names its own. */
export const withProducerOptions = (command: Command): Command =>
  command
    .option("--url <url>", "address of the producer (or LEVAIN_URL)")
    .option("--key <key>", "tenant or operator key (or LEVAIN_KEY)")
    .option("--folder <folder>", "folder of an embedded Levain", defaultFolder());

export async function connectFromOptions(options: ConnectionOptions): Promise<{ api: Levain; tenantId: string }> {
  const state = await readState(options.folder);
  const url = options.url ?? process.env["LEVAIN_URL"] ?? state.url;
  const tenantId = options.tenant ?? state.lastTenantId;
  if (url === undefined || tenantId === undefined) throw new StartError("Name the producer with --url and the tenant with --tenant, or start one here with: npm start");
  const key = options.key ?? process.env["LEVAIN_KEY"] ?? state.tenantKeys[tenantId] ?? state.operatorKey;
  if (key === undefined) throw new StartError(`There is no key for ${tenantId} here. Name one with --key or LEVAIN_KEY.`);
  return { api: connectLevain(url, key), tenantId };
}

/** For what only operators may do. */
export async function connectAsOperator(options: ProducerOptions): Promise<Levain> {
  const state = await readState(options.folder);
  const url = options.url ?? process.env["LEVAIN_URL"] ?? state.url;
  if (url === undefined) throw new StartError("Name the producer with --url, or start one here with: npm start");
  const key = options.key ?? process.env["LEVAIN_KEY"] ?? state.operatorKey;
  if (key === undefined) throw new StartError("There is no operator key here. Name one with --key or LEVAIN_KEY.");
  return connectLevain(url, key);
}

/** The tenant that is meant when none is named, where the embedded Levain of the folder was spoken to. */
export async function rememberTenant(options: ProducerOptions, tenantId: string): Promise<void> {
  const state = await readState(options.folder);
  if (options.url === undefined && process.env["LEVAIN_URL"] === undefined && state.url !== undefined) await writeState(options.folder, { ...state, lastTenantId: tenantId });
}
