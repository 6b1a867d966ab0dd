/**
 * The secrets that receivers verify with. None is kept: each follows from the fleet's own secret, which is in no database,
 * and from the endpoint's id and the number of its rotation. HKDF, RFC 5869.
 */
import { hkdfSync } from "node:crypto";

/** Bytes; Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32;

/** `whsec_` and base64, as receivers' libraries read it. @param number 1 for the first, one more for each rotation */
export function webhookSecret(fleetSecret: string, endpointId: string, number: number): string {
  const key = hkdfSync("sha256", fleetSecret, "", `levain webhook ${endpointId} ${number}`, SECRET_BYTES);
  return `whsec_${Buffer.from(key).toString("base64")}`;
}
