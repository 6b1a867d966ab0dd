/** Which bakeries a sandbox serves: tenant folders, the demo bakery, and simulated fleets by name. */
import { addDays, businessDayOf } from "@levain/calendar";
import type { BusinessDay } from "@levain/contracts";
import { FolderError } from "@levain/sources";
import type { Bakery } from "./bakery.js";
import { readFolderBakery } from "./folder-bakery.js";
import { demoBakery, fleetBakery } from "./simulated-bakery.js";

export type ServedBakeries = { bakeries(): readonly Bakery[]; findUnlisted(tenantId: string): Bakery | null };

/** The zone of everything simulated. */
const SIMULATED_ZONE = "Europe/Berlin";
/** Simulated fleets remembered; each keeps a few years of weather. */
const FLEETS_REMEMBERED = 16;

/** @param folders paths of tenant folders @throws FolderError */
export async function serveBakeries(folders: readonly string[], now: () => Date): Promise<ServedBakeries> {
  const fromFolders = await Promise.all(folders.map(readFolderBakery));
  const ids = fromFolders.map(({ tenant }) => tenant.id);
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index || id === "demo-bakery");
  if (repeated !== undefined) throw new FolderError(`expected each tenant id once, got ${repeated} again`);

  const yesterday = (): BusinessDay => addDays(businessDayOf(now(), SIMULATED_ZONE), -1);
  let demo = demoBakery(yesterday());
  const fleets = new Map<string, Bakery>();
  return {
    bakeries: () => {
      if (demo.lastDay !== yesterday()) demo = demoBakery(yesterday());
      return [demo, ...fromFolders];
    },
    findUnlisted: (tenantId) => {
      const known = fleets.get(tenantId);
      if (known?.lastDay === yesterday()) return known;
      const made = fleetBakery(tenantId, yesterday());
      if (!made) return null;
      if (fleets.size >= FLEETS_REMEMBERED) fleets.clear();
      fleets.set(tenantId, made);
      return made;
    },
  };
}
