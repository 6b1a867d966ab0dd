/**
 * How good the forecasts were that were valid at the time: sums over graded days, made into shares and money.
 *
 * A day that sold out says only that at least so much was asked for. So a forecast above its sales is no error, a quantity
 * above them no waste, and an interval that begins above them no miss.
 */
import { DriftAlarm, ProductId, type AccuracyDay, type AccuracyFigures, type BusinessDay, type Money, type ProductAccuracyItem } from "@levain/contracts";
import type { Client } from "./client.js";
import { columnOfDay, dayOfColumn } from "./column-day.js";
import { Prisma, type DriftAlarm as DriftAlarmRow } from "./generated/client.js";
import { keyAfter, pageOfRows, rowsFor, type Keyset, type Page, type PageRequest } from "./page.js";

type DayRange = { readonly from: BusinessDay; readonly until: BusinessDay };

export type ProductAccuracy = { readonly figures: AccuracyFigures; readonly drift: readonly DriftAlarm[]; readonly days: readonly AccuracyDay[] };

type Key = { readonly missed: string; readonly productId: ProductId };
const BY_UNITS_MISSED: Keyset<Key> = {
  listing: "accuracy",
  read: ([missed, id]) => {
    const productId = ProductId.safeParse(id).data;
    return typeof missed === "string" && /^\d{1,18}(\.\d{1,6})?$/.test(missed) && productId !== undefined ? { missed, productId } : null;
  },
};

export const createAccuracy = (client: Client, tenantId: string) => ({
  /** Over all products. */
  async tenantAccuracy({ from, until }: DayRange): Promise<{ readonly figures: AccuracyFigures; readonly driftedProducts: number }> {
    const [[sums], [drifted]] = await Promise.all([
      client.$queryRaw<[Sums]>`WITH graded AS (${graded(tenantId, { from, until }, null)}) SELECT ${SUMS} FROM graded g`,
      client.$queryRaw<[{ products: number }]>`
        SELECT count(DISTINCT product_id)::integer AS products FROM drift_alarms WHERE tenant_id = ${tenantId} AND day BETWEEN ${from}::date AND ${until}::date`,
    ]);
    return { figures: figuresOf(sums), driftedProducts: drifted.products };
  },

  /** Those first whose forecasts missed the most units. */
  async productAccuracies({ from, until }: DayRange, page: PageRequest): Promise<Page<ProductAccuracyItem>> {
    const after = keyAfter(BY_UNITS_MISSED, page);
    type Row = Sums & { product_id: ProductId; name: string; missed_key: string; last_drift: DriftAlarm | null };
    const rows = await client.$queryRaw<Row[]>`
      WITH graded AS (${graded(tenantId, { from, until }, null)}),
      sums AS (SELECT g.product_id, round(sum(g.missed)::numeric, 6) AS missed_key, ${SUMS} FROM graded g GROUP BY g.product_id)
      SELECT s.*, s.missed_key::text AS missed_key, p.name, (
        SELECT jsonb_build_object('day', a.day, 'direction', a.direction, 'since', a.since, 'size', a.size, 'statistic', a.statistic, 'threshold', a.threshold, 'modelId', a.model_id)
        FROM drift_alarms a WHERE a.tenant_id = ${tenantId} AND a.product_id = s.product_id AND a.day BETWEEN ${from}::date AND ${until}::date
        ORDER BY a.day DESC LIMIT 1
      ) AS last_drift
      FROM sums s JOIN products p ON p.tenant_id = ${tenantId} AND p.id = s.product_id
      WHERE ${after === null} OR (-s.missed_key, s.product_id) > (-${after?.missed ?? "0"}::numeric, ${after?.productId ?? ""})
      ORDER BY s.missed_key DESC, s.product_id LIMIT ${rowsFor(page)}`;
    return pageOfRows(BY_UNITS_MISSED, page, rows, ({ missed_key: missed, product_id: id }) => [missed, id], (row) => ({
      productId: row.product_id,
      productName: row.name,
      ...figuresOf(row),
      lastDrift: DriftAlarm.nullable().parse(row.last_drift),
    }));
  },

  async productAccuracy(productId: ProductId, range: DayRange): Promise<ProductAccuracy> {
    const where = { tenantId, productId, day: { gte: columnOfDay(range.from), lte: columnOfDay(range.until) } };
    const [[sums], alarms, days] = await Promise.all([
      client.$queryRaw<[Sums]>`WITH graded AS (${graded(tenantId, range, productId)}) SELECT ${SUMS} FROM graded g`,
      client.driftAlarm.findMany({ where, orderBy: { day: "desc" } }),
      client.gradedDay.findMany({ where, orderBy: { day: "asc" } }),
    ]);
    return {
      figures: figuresOf(sums),
      drift: alarms.map(alarmOf),
      days: days.map(({ day, actual, isSoldOut, median, low80, high80, lastWeek, advised, decided, modelId }) => ({
        day: dayOfColumn(day),
        sold: actual,
        isSoldOut,
        median,
        low80,
        high80,
        lastWeek,
        advised,
        decided,
        modelId,
      })),
    };
  },
});

/** One row per graded day, with what each day adds to the sums. */
const graded = (tenantId: string, { from, until }: DayRange, productId: ProductId | null): Prisma.Sql => Prisma.sql`
  SELECT
    g.product_id, g.actual,
    ${missed("median")} AS missed,
    ${tooHigh("median")} AS too_high,
    (g.actual <= g.high80 AND (g.is_sold_out OR g.actual >= g.low80))::integer AS within,
    g.last_week IS NOT NULL AS is_comparable,
    ${missed("last_week")} AS missed_last_week,
    ${tooHigh("last_week")} AS too_high_last_week,
    g.last_week IS NOT NULL AND g.advised IS NOT NULL AND g.over_cost IS NOT NULL AS is_priced,
    g.decided IS NOT NULL AND g.advised IS NOT NULL AND g.over_cost IS NOT NULL AS is_decided,
    ${waste("advised")} AS advised_waste, ${emptyShelf("advised")} AS advised_empty,
    ${waste("last_week")} AS last_week_waste, ${emptyShelf("last_week")} AS last_week_empty,
    ${waste("decided")} AS decided_waste, ${emptyShelf("decided")} AS decided_empty,
    (m.score ->> 'wape')::double precision AS promised_wape,
    (m.score ->> 'bias')::double precision AS promised_bias,
    (m.score ->> 'coverage80')::double precision AS promised_coverage
  FROM graded_days g JOIN models m ON m.tenant_id = g.tenant_id AND m.product_id = g.product_id AND m.id = g.model_id
  WHERE g.tenant_id = ${tenantId} AND g.day BETWEEN ${from}::date AND ${until}::date AND (${productId}::text IS NULL OR g.product_id = ${productId})`;

/** Columns of a day that are held against its sales. */
type Quantity = "median" | "last_week" | "advised" | "decided";
const column = (name: Quantity): Prisma.Sql => Prisma.raw(`g.${name}`);
const tooHigh = (name: Quantity): Prisma.Sql => Prisma.sql`CASE WHEN g.is_sold_out THEN least(${column(name)} - g.actual, 0) ELSE ${column(name)} - g.actual END`;
const missed = (name: Quantity): Prisma.Sql => Prisma.sql`abs(${tooHigh(name)})`;
const waste = (name: Quantity): Prisma.Sql => Prisma.sql`CASE WHEN g.is_sold_out THEN 0 ELSE g.over_cost * greatest(${column(name)} - g.actual, 0) END`;
const emptyShelf = (name: Quantity): Prisma.Sql => Prisma.sql`g.under_cost * greatest(g.actual - ${column(name)}, 0)`;

const sum = (name: string, as: string, filter = "true"): string => `coalesce(sum(g.${name}) FILTER (WHERE ${filter}), 0)::double precision AS ${as}`;
const count = (as: string, filter: string): string => `count(*) FILTER (WHERE ${filter})::integer AS ${as}`;
const mean = (of: string, weight: string, as: string): string => `(sum(g.${of} * ${weight}) / nullif(sum(${weight}) FILTER (WHERE g.${of} IS NOT NULL), 0))::double precision AS ${as}`;

const SUMS = Prisma.raw(
  [
    count("days", "true"),
    sum("actual", "sold"),
    sum("missed", "missed"),
    sum("too_high", "too_high"),
    sum("within", "within"),
    count("comparable_days", "g.is_comparable"),
    sum("actual", "comparable_sold", "g.is_comparable"),
    sum("missed", "comparable_missed", "g.is_comparable"),
    sum("too_high", "comparable_too_high", "g.is_comparable"),
    sum("missed_last_week", "missed_last_week", "g.is_comparable"),
    sum("too_high_last_week", "too_high_last_week", "g.is_comparable"),
    count("priced_days", "g.is_priced"),
    ...["advised_waste", "advised_empty", "last_week_waste", "last_week_empty"].map((name) => sum(name, name, "g.is_priced")),
    count("decided_days", "g.is_decided"),
    ...["decided_waste", "decided_empty"].map((name) => sum(name, name, "g.is_decided")),
    ...["advised_waste", "advised_empty"].map((name) => sum(name, `${name}_decided`, "g.is_decided")),
    mean("promised_wape", "g.actual", "promised_wape"),
    mean("promised_bias", "g.actual", "promised_bias"),
    mean("promised_coverage", "1", "promised_coverage"),
  ].join(", "),
);

type Sum =
  | "days" | "sold" | "missed" | "too_high" | "within"
  | "comparable_days" | "comparable_sold" | "comparable_missed" | "comparable_too_high" | "missed_last_week" | "too_high_last_week"
  | "priced_days" | "advised_waste" | "advised_empty" | "last_week_waste" | "last_week_empty"
  | "decided_days" | "decided_waste" | "decided_empty" | "advised_waste_decided" | "advised_empty_decided";
type Sums = Readonly<Record<Sum, number>> & Readonly<Record<"promised_wape" | "promised_bias" | "promised_coverage", number | null>>;

function figuresOf(sums: Sums): AccuracyFigures {
  const decided = moneyOf(sums.decided_waste, sums.decided_empty);
  const advisedThen = moneyOf(sums.advised_waste_decided, sums.advised_empty_decided);
  return {
    days: sums.days,
    sold: sums.sold,
    live: { wape: share(sums.missed, sums.sold), bias: share(sums.too_high, sums.sold), coverage80: share(sums.within, sums.days) },
    promised: { wape: sums.promised_wape, bias: sums.promised_bias, coverage80: sums.promised_coverage },
    comparable: {
      days: sums.comparable_days,
      live: { wape: share(sums.comparable_missed, sums.comparable_sold), bias: share(sums.comparable_too_high, sums.comparable_sold) },
      lastWeek: { wape: share(sums.missed_last_week, sums.comparable_sold), bias: share(sums.too_high_last_week, sums.comparable_sold) },
    },
    money:
      sums.priced_days === 0
        ? null
        : { days: sums.priced_days, advised: moneyOf(sums.advised_waste, sums.advised_empty), lastWeek: moneyOf(sums.last_week_waste, sums.last_week_empty) },
    overrides: sums.decided_days === 0 ? null : { days: sums.decided_days, decided, advised: advisedThen, saved: advisedThen.total - decided.total },
  };
}

const share = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);
const moneyOf = (wasted: number, emptyShelves: number): Money => ({ waste: wasted, emptyShelves, total: wasted + emptyShelves });

const alarmOf = ({ day, direction, since, size, statistic, threshold, modelId }: DriftAlarmRow): DriftAlarm =>
  DriftAlarm.parse({ day: dayOfColumn(day), direction, since: dayOfColumn(since), size, statistic, threshold, modelId });
