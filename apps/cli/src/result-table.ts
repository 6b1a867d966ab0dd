/** The results of a run as a table: what each product is, why it was trained or kept, which model won, and whether it beats the naive forecast. */
import type { ProductTrainingView, RunView, TrainingReason } from "@levain/contracts";
import Table from "cli-table3";
import { percent } from "./percent.js";

export function resultTable(trainings: readonly ProductTrainingView[]): string {
  const table = new Table({
    head: ["product", "demand", "why", "model", "WAPE", "naive WAPE", "better by", "seconds"],
    colAligns: ["left", "left", "left", "left", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const training of trainings) table.push(rowOf(training));
  return table.toString();
}

function rowOf(training: ProductTrainingView): string[] {
  const seconds = training.durationMs === null ? "–" : (training.durationMs / 1000).toFixed(2);
  if (training.status !== "trained" && training.status !== "unchanged") {
    const why = training.skipReason ?? training.failure?.code ?? "";
    return [training.productName, "–", "–", `${training.status}: ${why}`, "–", "–", "–", seconds];
  }
  const wape = training.score?.wape ?? null;
  const naive = training.naiveScore?.wape ?? null;
  const better = wape === null || naive === null || naive === 0 ? "–" : percent(1 - wape / naive);
  return [training.productName, training.demandClass ?? "–", training.reason === null ? "–" : WHY[training.reason], modelOf(training), percent(wape), percent(naive), better, seconds];
}

/** Kept: the one that it had. Held and rejected: it does not serve. */
const modelOf = ({ status, family, becameChampion, heldFor }: ProductTrainingView): string =>
  `${briefly(family ?? "–")}${status === "unchanged" ? " (kept)" : becameChampion !== false ? "" : heldFor === null ? " (rejected)" : " (held)"}`;

/** Families by name, of which a combination may have many. */
const FAMILIES_SHOWN_MAX = 3;
const briefly = (family: string): string => {
  const families = family.split(" + ");
  return families.length <= FAMILIES_SHOWN_MAX ? family : `${families.slice(0, FAMILIES_SHOWN_MAX - 1).join(" + ")} + ${families.length - FAMILIES_SHOWN_MAX + 1} more`;
};

const WHY: Readonly<Record<TrainingReason, string>> = {
  "asked-for": "asked for",
  new: "new",
  "champion-refused": "its model is spoiled",
  "forecast-ends": "its forecast ends",
  drifted: "drifted",
  "policy-changed": "other policy",
  due: "due",
  "settings-unknown": "settings not known",
  "newer-sales": "newer sales",
  "same-data": "same data",
  "no-new-sales": "nothing new sold",
  pinned: "pinned",
};

/** A line for each new model that does not serve; empty where all do. */
export const decisionsOf = (trainings: readonly ProductTrainingView[]): string =>
  trainings.flatMap(({ productName, decision, becameChampion }) => (becameChampion === false && decision !== null ? [`${productName} goes on with its model: ${decision}\n`] : [])).join("");


/** One sentence about a run that has ended. */
export function summaryOf(run: RunView): string {
  const { products, trained, unchanged, skipped, failed, dead, cancelled } = run.totals;
  const seconds = run.finishedAt && run.startedAt ? (Date.parse(run.finishedAt) - Date.parse(run.acceptedAt)) / 1000 : null;
  const parts = [
    `${trained} trained`,
    ...(unchanged > 0 ? [`${unchanged} unchanged`] : []),
    `${skipped} skipped`,
    `${failed} failed`,
    ...(dead > 0 ? [`${dead} set aside`] : []),
    ...(cancelled > 0 ? [`${cancelled} cancelled`] : []),
  ];
  const absent = run.absentSources.length === 0 ? "" : ` Without ${run.absentSources.join(" and ")}, which could not be had.`;
  const failure = run.failure ? ` ${run.failure.message}` : "";
  return `Run ${run.status}: ${products} products, ${parts.join(", ")}${seconds === null ? "" : ` in ${seconds.toFixed(1)} s`}.${absent}${failure}`;
}
