/**
 * Writes the types of the API's addresses, from the description that lies beside this file. Needs no network. The generator
 * draws its text with the compiler's old API, which TypeScript 7 does not have: so this package alone has a TypeScript 5 of
 * its own, for this file, and is compiled by the one at the root like all others.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const description = JSON.parse(readFileSync(new URL("openapi.json", import.meta.url), "utf8"));
const types = astToString(await openapiTS(description));
mkdirSync(new URL("src/generated/", import.meta.url), { recursive: true });
writeFileSync(new URL("src/generated/api.ts", import.meta.url), types);
