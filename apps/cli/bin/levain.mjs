/** `npm run levain -- …`: the command line of a checkout, installed and built first where need be. */
import { prepare } from "./prepare.mjs";

prepare();
await import("../dist/main.js");
