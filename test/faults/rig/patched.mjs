/**
 * Loaded before a process of ours (`NODE_OPTIONS=--import`): takes single guards out of its built code, so that a test can
 * show that it would notice. `LEVAIN_PATCHES` lists them as JSON: in which file, what text, replaced by what.
 */
import { register } from "node:module";

register(`data:text/javascript,${encodeURIComponent(`
  const patches = ${process.env.LEVAIN_PATCHES ?? "[]"};
  export async function load(url, context, nextLoad) {
    const loaded = await nextLoad(url, context);
    const mine = patches.filter(({ file }) => url.endsWith(file));
    if (mine.length === 0) return loaded;
    let source = String(loaded.source);
    for (const { find, replace } of mine) {
      if (!source.includes(find)) throw new Error("expected " + url + " to hold " + find);
      source = source.replace(find, replace);
    }
    return { ...loaded, source };
  }
`)}`);
