import { z } from "zod";

/** How much and how regularly a product sells. */
export const DemandClass = z.enum(["high", "medium", "low", "intermittent"]);
export type DemandClass = z.infer<typeof DemandClass>;

const days = (value: number) => z.number().int().positive().default(value);
const share = (value: number) => z.number().min(0).max(1).default(value);
const trials = (value: number) => z.number().int().min(1).max(500).default(value);

/**
 * What a data scientist may tune, for the whole fleet or for one tenant. Days count open days where the name says so,
 * calendar days otherwise.
 */
export const TrainingPolicy = z.strictObject({
  /** Sales older than this are not fetched. */
  historyDaysMax: days(5 * 365),
  /** Below this a product is skipped as `too-few-observations`. */
  openDaysMin: days(30),
  /** Below this the data report warns. */
  openDaysRecommended: days(90),
  /** Without any sale in so many days before the cutoff a product is skipped as `no-recent-sales`. */
  recentSalesDays: days(56),
  /** The last sale may be so many days before the cutoff until the data report calls the data stale. */
  staleDaysMax: days(7),
  /** A hole of more calendar days than this between two open days is reported as a gap. */
  gapDaysMax: days(14),
  /** Above this share of zero days the data report warns. */
  zeroShareMax: share(0.9),
  /** A day above this many times the median of the selling days is reported as absurd. */
  absurdFactor: z.number().positive().default(50),
  /** Above this share of unreadable sales rows the answer is refused as `source.malformed`. */
  unreadableRowShareMax: share(0.05),
  /** A tenant with fewer products than this gets a warning: there is little to compare a product with. */
  productsRecommended: z.number().int().positive().default(3),
  demandClasses: z
    .strictObject({
      /** Units per open day from which a product is high volume. */
      highUnitsPerDay: z.number().positive().default(20),
      /** Units per open day from which a product is medium volume. */
      mediumUnitsPerDay: z.number().positive().default(5),
      /** Average open days between two demands from which a product is intermittent (Syntetos, Boylan & Croston 2005). */
      intermittentAdi: z.number().min(1).default(1.32),
    })
    .prefault({}),
  trials: z
    .strictObject({ high: trials(30), medium: trials(25), low: trials(20), intermittent: trials(15) })
    .prefault({}),
  backtest: z
    .strictObject({
      folds: z.number().int().min(1).max(26).default(3),
      /** Days between two cutoffs. */
      stepDays: days(14),
    })
    .prefault({}),
  /** Days after the cutoff that a model forecasts and is judged on. */
  horizonDays: z.number().int().min(1).max(28).default(14),
  /**
   * Nights tune a product once in so many days, and fit it anew with the settings it has on the others. Settings of the
   * week before came within 2 % of the error of tonight's on real bakeries, for a fifth of the computing.
   */
  retuneEveryDays: z.number().int().min(1).max(28).default(7),
  /** Every random choice in a training descends from this number. */
  seed: z.number().int().min(0).max(2 ** 31 - 1).default(1),
});
export type TrainingPolicy = z.infer<typeof TrainingPolicy>;

type Shape = z.core.$ZodShape;
/** Each knob with its bounds but without its default, and optional. */
type Overridable<Knobs extends Shape> = {
  [Name in keyof Knobs]: z.ZodOptional<
    Knobs[Name] extends z.ZodDefault<infer Knob> ? Knob : Knobs[Name] extends z.ZodPrefault<z.ZodObject<infer Group>> ? z.ZodObject<Overridable<Group>, z.core.$strict> : never
  >;
};

const overridable = <Knobs extends Shape>(knobs: Knobs): Overridable<Knobs> =>
  Object.fromEntries(Object.entries(knobs).map(([name, knob]) => [name, withoutDefault(knob).optional()])) as Overridable<Knobs>;

const withoutDefault = (knob: z.core.$ZodType): z.ZodType => {
  const bare = knob instanceof z.ZodDefault || knob instanceof z.ZodPrefault ? knob.unwrap() : knob;
  return bare instanceof z.ZodObject ? z.strictObject(overridable(bare.shape)) : (bare as z.ZodType);
};

/** The part of a policy that a tenant sets differently; what is absent keeps the fleet's value. */
export const TrainingPolicyOverrides = z.strictObject(overridable(TrainingPolicy.shape));
export type TrainingPolicyOverrides = z.infer<typeof TrainingPolicyOverrides>;

/** The policy a tenant's trainings follow: defaults, then each layer over those before it, such as the fleet's and the tenant's. */
export const resolvePolicy = (...layers: readonly TrainingPolicyOverrides[]): TrainingPolicy => {
  const merged: Record<string, unknown> = {};
  for (const layer of layers) {
    for (const [name, value] of Object.entries(layer)) {
      if (value === undefined) continue;
      const below = merged[name];
      merged[name] = isGroup(value) && isGroup(below) ? { ...below, ...given(value) } : value;
    }
  }
  return TrainingPolicy.parse(merged);
};

const isGroup = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

const given = (group: Record<string, unknown>): Record<string, unknown> => Object.fromEntries(Object.entries(group).filter(([, value]) => value !== undefined));
