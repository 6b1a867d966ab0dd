/** `npm start`: a fresh checkout becomes a running fleet. Arguments are those of `levain up`. */
import { prepare } from "./prepare.mjs";

prepare();
process.argv.splice(2, 0, "up");
await import("../dist/main.js");
