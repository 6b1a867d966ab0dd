/** A run's progress for a person: a bar on a terminal, a line per product where the output is kept. */
import type { ProgressEvent } from "@levain/contracts";
import { Presets, SingleBar } from "cli-progress";

export type ProgressView = { show(event: ProgressEvent): void; end(): void };

export const openProgressView = (output: NodeJS.WriteStream = process.stdout): ProgressView => (output.isTTY ? barView(output) : lineView(output));

function barView(output: NodeJS.WriteStream): ProgressView {
  const bar = new SingleBar(
    { format: "  {bar} {value}/{total} products · {eta_formatted} left · {note}", stream: output, hideCursor: true, etaBuffer: 30, gracefulExit: false },
    Presets.shades_classic,
  );
  let isShown = false;
  return {
    show: (event) => {
      if (event.type === "run.started") {
        bar.start(event.products, 0, { note: "dealt to the workers" });
        isShown = true;
      } else if (!isShown) return;
      else if (event.type === "product.stage") bar.update({ note: `${event.stage} ${event.productId}` });
      else if (ENDS_PRODUCT.has(event.type)) bar.increment(1, { note: noteOf(event) });
      else if (event.type === "product.deferred" || event.type === "product.retried") bar.update({ note: noteOf(event) });
      else if (event.type === "run.finished") bar.update({ note: event.status });
    },
    end: () => bar.stop(),
  };
}

function lineView(output: NodeJS.WriteStream): ProgressView {
  let products = 0;
  let done = 0;
  return {
    show: (event) => {
      if (event.type === "run.started") products = event.products;
      if (ENDS_PRODUCT.has(event.type)) done += 1;
      if (event.type === "product.stage") return;
      output.write(`  ${done}/${products} ${noteOf(event)}\n`);
    },
    end: () => undefined,
  };
}

const ENDS_PRODUCT: ReadonlySet<ProgressEvent["type"]> = new Set(["product.trained", "product.unchanged", "product.skipped", "product.failed", "product.dead"]);

/** One event in words. */
export function noteOf(event: ProgressEvent): string {
  switch (event.type) {
    case "run.accepted":
      return "run accepted";
    case "run.started":
      return `run started with ${event.products} products`;
    case "run.deferred":
      return `run waits (${event.code}), again in ${seconds(event.delayMs)}`;
    case "product.stage":
      return `${event.productId}: ${event.stage}`;
    case "product.trained":
      return trainedInWords(event);
    case "product.drifted":
      return `${event.productId} has drifted: it sells ${driftInWords(event)} than was forecast`;
    case "product.unchanged":
      return `${event.productId} unchanged${event.reason === undefined ? "" : ` (${event.reason})`}: keeps its model`;
    case "product.skipped":
      return `${event.productId} skipped: ${event.reason}`;
    case "product.deferred":
      return `${event.productId} waits (${event.code}), again in ${seconds(event.delayMs)}`;
    case "product.retried":
      return `${event.productId} failed (${event.code}), again in ${seconds(event.delayMs)}`;
    case "product.failed":
      return `${event.productId} failed (${event.code}): ${event.message}`;
    case "product.dead":
      return `${event.productId} set aside: ${event.message}`;
    case "run.finished":
      return `run ${event.status}`;
    default:
      return event satisfies never;
  }
}

type EventOf<Type extends ProgressEvent["type"]> = Extract<ProgressEvent, { readonly type: Type }>;

function trainedInWords({ productId, family, reason, durationMs, becomesChampion, decision }: EventOf<"product.trained">): string {
  const made = reason === undefined ? family : `${family}, ${reason}`;
  const trained = `${productId} trained (${made}) in ${seconds(durationMs)}`;
  return becomesChampion === false ? `${trained}, goes on with its model: ${decision ?? ""}` : trained;
}

const driftInWords = ({ size, direction }: EventOf<"product.drifted">): string =>
  size === null ? "otherwise" : `${Math.abs(100 * size).toFixed(0)} % ${direction === "up" ? "more" : "less"}`;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
