/** What the repair can put right, by the names that its counter has for it. */

export type RepairKind =
  | "wiped"
  | "lost-start"
  | "lost-product"
  | "untold-start"
  | "untold-product"
  | "overdue-run"
  | "hollow-run"
  | "nightly-tick"
  | "lost-delivery"
  | "moved-artifact"
  | "orphan-artifact";

export type CountRepairs = (kind: RepairKind, count: number) => void;
