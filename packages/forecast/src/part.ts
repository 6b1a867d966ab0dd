/** One reason why a day's forecast is what it is. */

/**
 * `whole-units` is what the whole number in the middle of a count differs by from the mean of its forecasts; `limit` is what a
 * forecast was held back by: it is never negative, never absurdly high, and zero on days the shop plans to be closed.
 */
export type PartKind = "level" | "trend" | "weekday" | "season" | "special-day" | "regressor" | "recent-level" | "whole-units" | "limit";

export type Part = {
  readonly kind: PartKind;
  /** Such as `level`, `Saturday`, `Easter Monday`, `eve of Easter Monday`, `temperature_c`. Kind and name occur once a day. */
  readonly name: string;
  /** In the model's scale. */
  readonly value: number;
  /** In the series' unit. */
  readonly units: number;
};

/** A part as its family adds it up, before it is worth anything in the series' unit. */
export type Term = Omit<Part, "units">;

/** Adds up what is of one kind and name, in the order in which they first came. */
export const createSums = () => {
  const terms: { kind: PartKind; name: string; value: number }[] = [];
  let last: (typeof terms)[number] | undefined;
  return {
    add(kind: PartKind, name: string, value: number): void {
      // Columns of a kind stand together, so the sum that was added to last is mostly the one.
      if (last?.kind !== kind || last.name !== name) last = terms.find((term) => term.kind === kind && term.name === name);
      if (last) last.value += value;
      else terms.push((last = { kind, name, value }));
    },
    terms: (): Term[] => terms,
  };
};

/** Terms of one kind and name become one, where the first stood. */
export const merged = (terms: readonly Term[]): Term[] => {
  const sums = createSums();
  for (const { kind, name, value } of terms) sums.add(kind, name, value);
  return sums.terms();
};

/** A sentence for people. */
export const describePart = ({ kind, name, units }: Omit<Part, "value">): string => {
  switch (kind) {
    case "level":
      return `The level: ${amount(units)} a day before anything else is counted.`;
    case "trend":
      return `Growth or decline since the history began ${effect(units)}.`;
    case "weekday":
      return `A ${name} ${effect(units)}.`;
    case "season":
      return `The time of the year ${effect(units)}.`;
    case "special-day":
      return `The ${name} ${effect(units)}.`;
    case "regressor":
      return `The day's ${name} ${effect(units)}.`;
    case "recent-level":
      return `What was sold of late ${effect(units)}.`;
    case "whole-units":
      return `What is sold in single units comes to a whole number, which ${effect(units)}.`;
    case "limit":
      return name === "closed" ? "The shop plans to be closed, so nothing is forecast." : `A forecast stays within what can be believed, which ${effect(units)}.`;
  }
};

const effect = (units: number): string => {
  const shown = amount(Math.abs(units));
  return Number(shown) === 0 ? "makes no difference" : `${units > 0 ? "adds" : "takes off"} ${shown}`;
};

/** Hundredths of a unit are the least that a sentence tells of. */
const amount = (units: number): string => String(Number(units.toFixed(Math.abs(units) < 10 ? 2 : 1)));
