-- Live accuracy: each day that is over beside the forecast that was valid when it began, and the alarms of products whose
-- sales have left their forecasts behind.

-- One row per product and day. Whoever trains the product writes it, again when the till corrects a day of the last weeks.
CREATE TABLE graded_days (
    tenant_id     text NOT NULL,
    product_id    text NOT NULL,
    day           date NOT NULL,
    -- Units sold; at least so many were asked for where the shelf was empty.
    actual        double precision NOT NULL,
    is_sold_out   boolean NOT NULL,
    -- The forecast that was valid, and whose it was.
    model_id      uuid NOT NULL,
    low80         double precision NOT NULL,
    median        double precision NOT NULL,
    high80        double precision NOT NULL,
    -- Where the actual fell within it, as a draw of a standard normal.
    normal_score  double precision NOT NULL,
    -- Sold on the same weekday of the week before; null where the shop was closed.
    last_week     double precision,
    -- What the plan advised, and what a person decided against it; null where nobody did.
    advised       double precision,
    decided       double precision,
    -- Money lost by a unit too many and by a unit too few, as it was set when the day was graded; null where it was not.
    over_cost     double precision,
    under_cost    double precision,
    graded_at     timestamptz(3) NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, product_id, day),
    FOREIGN KEY (tenant_id, product_id, model_id) REFERENCES models (tenant_id, product_id, id),
    CONSTRAINT graded_days_quantities CHECK (least(actual, low80, last_week, advised, decided) >= 0 AND low80 <= median AND median <= high80),
    CONSTRAINT graded_days_costs CHECK ((over_cost IS NULL) = (under_cost IS NULL))
);
CREATE INDEX graded_days_tenant_id_day_idx ON graded_days (tenant_id, day);

-- One row for each time that the drift test passed its threshold; the test begins anew after the day.
CREATE TABLE drift_alarms (
    tenant_id   text NOT NULL,
    product_id  text NOT NULL,
    day         date NOT NULL,
    direction   text NOT NULL,
    -- The first day of the shift, as far as the test can tell.
    since       date NOT NULL,
    -- Sales from then on over the medians that were valid, less one; null where those were nothing.
    size        double precision,
    statistic   double precision NOT NULL,
    threshold   double precision NOT NULL,
    model_id    uuid NOT NULL,
    raised_at   timestamptz(3) NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, product_id, day),
    FOREIGN KEY (tenant_id, product_id, model_id) REFERENCES models (tenant_id, product_id, id),
    CONSTRAINT drift_alarms_direction CHECK (direction IN ('up', 'down')),
    CONSTRAINT drift_alarms_days CHECK (since <= day),
    CONSTRAINT drift_alarms_statistic CHECK (statistic > threshold AND threshold > 0)
);
CREATE INDEX drift_alarms_tenant_id_day_idx ON drift_alarms (tenant_id, day);

-- The one place that says which forecast of a day was valid at an instant: that of the champion of then. A model that has
-- seen the day has not forecast it, whenever it was trained; the champion before it is asked. No row where there was none.
CREATE FUNCTION forecast_valid_at(p_tenant_id text, p_product_id text, p_day date, p_at timestamptz)
RETURNS TABLE (model_id uuid, levels double precision[], quantiles double precision[])
LANGUAGE sql STABLE AS $$
    SELECT f.model_id, f.levels, ARRAY(
        SELECT (row.quantiles ->> (array_position(f.days, p_day) - 1))::double precision
        FROM jsonb_array_elements(f.quantiles) WITH ORDINALITY AS row (quantiles, number)
        ORDER BY row.number
    )
    FROM (
        SELECT m.id
        FROM champion_changes x
        JOIN models m ON m.tenant_id = x.tenant_id AND m.product_id = x.product_id AND m.id = x.to_model_id
        WHERE x.tenant_id = p_tenant_id AND x.product_id = p_product_id AND x.changed_at <= p_at AND m.cutoff < p_day
        ORDER BY x.number DESC
        LIMIT 1
    ) AS champion
    JOIN forecasts f ON f.tenant_id = p_tenant_id AND f.product_id = p_product_id AND f.model_id = champion.id
    WHERE p_day = ANY (f.days)
$$;

-- Writes what grading came to: the days of the window [p_from, p_until], in place of what was graded there before, and the
-- alarm if there is one, which is told once.
CREATE FUNCTION keep_graded_days(p_tenant_id text, p_product_id text, p_from date, p_until date, p_days jsonb, p_alarm jsonb)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM graded_days g
    WHERE g.tenant_id = p_tenant_id AND g.product_id = p_product_id AND g.day BETWEEN p_from AND p_until
        AND NOT EXISTS (SELECT FROM jsonb_to_recordset(p_days) AS d (day date) WHERE d.day = g.day);

    INSERT INTO graded_days AS known (
        tenant_id, product_id, day, actual, is_sold_out, model_id, low80, median, high80, normal_score,
        last_week, advised, decided, over_cost, under_cost
    )
    SELECT p_tenant_id, p_product_id, d.*
    FROM jsonb_to_recordset(p_days) AS d (
        day date, actual double precision, is_sold_out boolean, model_id uuid, low80 double precision, median double precision,
        high80 double precision, normal_score double precision, last_week double precision, advised double precision,
        decided double precision, over_cost double precision, under_cost double precision
    )
    ON CONFLICT (tenant_id, product_id, day) DO UPDATE
    SET actual = excluded.actual, is_sold_out = excluded.is_sold_out, last_week = excluded.last_week, model_id = excluded.model_id,
        low80 = excluded.low80, median = excluded.median, high80 = excluded.high80, normal_score = excluded.normal_score,
        decided = excluded.decided, graded_at = now(),
        -- A day keeps the prices that it was first graded with, and the advice that followed from them.
        advised = CASE WHEN known.over_cost IS NULL THEN excluded.advised ELSE known.advised END,
        over_cost = coalesce(known.over_cost, excluded.over_cost),
        under_cost = coalesce(known.under_cost, excluded.under_cost)
    WHERE (known.actual, known.is_sold_out, known.last_week, known.model_id, known.median, known.normal_score, known.decided)
            IS DISTINCT FROM (excluded.actual, excluded.is_sold_out, excluded.last_week, excluded.model_id, excluded.median, excluded.normal_score, excluded.decided)
        OR (known.over_cost IS NULL AND excluded.over_cost IS NOT NULL);

    IF p_alarm IS NOT NULL THEN
        INSERT INTO drift_alarms (tenant_id, product_id, day, direction, since, size, statistic, threshold, model_id)
        SELECT p_tenant_id, p_product_id, a.*
        FROM jsonb_to_record(p_alarm) AS a (
            day date, direction text, since date, size double precision, statistic double precision, threshold double precision, "modelId" uuid
        )
        ON CONFLICT DO NOTHING;
        PERFORM tell_webhooks(p_tenant_id, 'product.drifted', p_product_id || ' ' || (p_alarm ->> 'day'), jsonb_build_object('productId', p_product_id) || p_alarm);
    END IF;
END
$$;

GRANT SELECT ON graded_days, drift_alarms TO levain_tenant;

DO $$
DECLARE
    v_table  text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['graded_days', 'drift_alarms'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', v_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', v_table);
        EXECUTE format('CREATE POLICY own_rows ON %I TO levain_tenant USING (tenant_id = current_setting(''levain.tenant_id'', true))', v_table);
        EXECUTE format('CREATE POLICY all_rows ON %I TO %I USING (true)', v_table, current_user);
    END LOOP;
END
$$;
