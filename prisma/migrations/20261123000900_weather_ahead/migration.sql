-- The weather that is forecast, as it was fetched, and what models said once they were told of it.

-- Every one is kept: an answer names the one it used.
CREATE TABLE weather_ahead (
    tenant_id   text NOT NULL REFERENCES tenants (id),
    issued_at   timestamptz(3) NOT NULL,
    -- The tenant's day on which it was issued, and the first that it tells of.
    first_day   date NOT NULL,
    -- [{ name, values: [number | null] }], day by day from first_day
    columns     jsonb NOT NULL,
    -- When every champion's forecast had been computed with it; null until then.
    told_at     timestamptz(3),
    PRIMARY KEY (tenant_id, issued_at),
    CONSTRAINT weather_ahead_columns CHECK (jsonb_typeof(columns) = 'array')
);

-- A model's forecast computed again with newer weather. The first one, of its training, is in forecasts; none replaces another.
CREATE TABLE forecast_issues (
    tenant_id          text NOT NULL,
    product_id         text NOT NULL,
    model_id           uuid NOT NULL,
    weather_issued_at  timestamptz(3) NOT NULL,
    issued_at          timestamptz(3) NOT NULL DEFAULT now(),
    days               date[] NOT NULL,
    levels             double precision[] NOT NULL,
    quantiles          jsonb NOT NULL,
    PRIMARY KEY (model_id, weather_issued_at),
    FOREIGN KEY (tenant_id, product_id, model_id) REFERENCES models (tenant_id, product_id, id),
    FOREIGN KEY (tenant_id, weather_issued_at) REFERENCES weather_ahead (tenant_id, issued_at)
);
CREATE INDEX forecast_issues_product ON forecast_issues (tenant_id, product_id, issued_at DESC);

-- Which weather a run's trainings were told of, to be had without reading the whole context.
ALTER TABLE run_contexts ADD COLUMN weather_issued_at text GENERATED ALWAYS AS (context #>> '{weatherAhead,issuedAt}') STORED;

-- All that a model ever said, each with the weather it was told of; null where it was told of none. The first came with the model.
CREATE FUNCTION issued_forecasts(p_tenant_id text, p_model_id uuid)
RETURNS TABLE (model_id uuid, is_first boolean, issued_at timestamptz, weather_issued_at timestamptz, days date[], levels double precision[], quantiles jsonb)
LANGUAGE sql STABLE AS $$
    SELECT f.model_id, true, m.trained_at, r.weather_issued_at::timestamptz, f.days, f.levels, f.quantiles
    FROM forecasts f
    JOIN models m ON m.tenant_id = f.tenant_id AND m.product_id = f.product_id AND m.id = f.model_id
    LEFT JOIN run_contexts r ON r.tenant_id = m.tenant_id AND r.run_id = m.run_id
    WHERE f.tenant_id = p_tenant_id AND f.model_id = p_model_id
    UNION ALL
    SELECT i.model_id, false, i.issued_at, i.weather_issued_at, i.days, i.levels, i.quantiles
    FROM forecast_issues i
    WHERE i.tenant_id = p_tenant_id AND i.model_id = p_model_id
$$;

-- The one place that says which forecast of a day was valid at an instant: of the champion of then, the last that it had said
-- by then. A model that has seen the day has not forecast it, whenever it was trained; the champion before it is asked. No
-- row where there was none.
CREATE OR REPLACE FUNCTION forecast_valid_at(p_tenant_id text, p_product_id text, p_day date, p_at timestamptz)
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
    CROSS JOIN LATERAL (
        SELECT i.model_id, i.days, i.levels, i.quantiles
        FROM issued_forecasts(p_tenant_id, champion.id) i
        WHERE i.is_first OR i.issued_at <= p_at
        ORDER BY i.is_first, i.issued_at DESC, i.weather_issued_at DESC
        LIMIT 1
    ) AS f
    WHERE p_day = ANY (f.days)
$$;

GRANT SELECT ON weather_ahead, forecast_issues TO levain_tenant;

DO $$
DECLARE
    v_table  text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['weather_ahead', 'forecast_issues'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', v_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', v_table);
        EXECUTE format('CREATE POLICY own_rows ON %I TO levain_tenant USING (tenant_id = current_setting(''levain.tenant_id'', true))', v_table);
        EXECUTE format('CREATE POLICY all_rows ON %I TO %I USING (true)', v_table, current_user);
    END LOOP;
END
$$;
