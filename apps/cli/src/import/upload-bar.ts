/** An upload's progress: a bar of what was sent on a terminal, nothing where the output is kept. */
import { Presets, SingleBar } from "cli-progress";
import type { ImportProgress } from "./import-folder.js";

const KB = 1024;

export function openUploadBar(output: NodeJS.WriteStream = process.stdout): ImportProgress {
  if (!output.isTTY) return { sent: () => undefined, end: () => undefined };
  const bar = new SingleBar({ format: "  {bar} {value}/{total} KB of sales · {eta_formatted} left", stream: output, hideCursor: true, gracefulExit: false }, Presets.shades_classic);
  let isShown = false;
  return {
    sent: (bytes, ofBytes) => {
      if (!isShown) bar.start(Math.ceil(ofBytes / KB), 0);
      isShown = true;
      bar.update(Math.ceil(bytes / KB));
    },
    end: () => bar.stop(),
  };
}
