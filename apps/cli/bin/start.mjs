/** `npm start`: a fresh checkout becomes a running fleet. Arguments are those of `levain up`. */
process.argv.splice(2, 0, "up");
await import("./levain.mjs");
