-- What serving needs beside a model, and what a bake plan needs beside a forecast.

-- A product's own calendar as a run saw it: what its model must be told of the days ahead. The shop's is in run_contexts.
CREATE TABLE product_calendars (
    tenant_id   text NOT NULL,
    run_id      uuid NOT NULL,
    product_id  text NOT NULL,
    -- [{ name, firstDay, values: [number | null] }]
    columns     jsonb NOT NULL,
    PRIMARY KEY (tenant_id, run_id, product_id),
    FOREIGN KEY (tenant_id, run_id, product_id) REFERENCES product_trainings (tenant_id, run_id, product_id),
    CONSTRAINT product_calendars_columns CHECK (jsonb_typeof(columns) = 'array')
);

-- Currency, ovens, and what holds for products that say nothing of their own.
CREATE TABLE tenant_economics (
    tenant_id   text PRIMARY KEY REFERENCES tenants (id),
    settings    jsonb NOT NULL,
    updated_at  timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT tenant_economics_settings CHECK (jsonb_typeof(settings) = 'object')
);

CREATE TABLE product_economics (
    tenant_id   text NOT NULL,
    product_id  text NOT NULL,
    settings    jsonb NOT NULL,
    updated_at  timestamptz(3) NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, product_id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id),
    CONSTRAINT product_economics_settings CHECK (jsonb_typeof(settings) = 'object')
);

-- What a person decided against the plan, to be scored when the day is over.
CREATE TABLE bake_overrides (
    tenant_id   text NOT NULL,
    day         date NOT NULL,
    product_id  text NOT NULL,
    quantity    double precision NOT NULL,
    reason      text NOT NULL,
    -- The plan's own quantity at that moment; null where it had none.
    advised     double precision,
    decided_at  timestamptz(3) NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, day, product_id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id),
    CONSTRAINT bake_overrides_quantity CHECK (quantity BETWEEN 0 AND 1e6),
    CONSTRAINT bake_overrides_advised CHECK (advised >= 0)
);

GRANT SELECT ON product_calendars TO levain_tenant;
GRANT SELECT, INSERT, UPDATE ON tenant_economics, product_economics, bake_overrides TO levain_tenant;

DO $$
DECLARE
    v_table  text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['product_calendars', 'tenant_economics', 'product_economics', 'bake_overrides'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', v_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', v_table);
        EXECUTE format('CREATE POLICY own_rows ON %I TO levain_tenant USING (tenant_id = current_setting(''levain.tenant_id'', true))', v_table);
        EXECUTE format('CREATE POLICY all_rows ON %I TO %I USING (true)', v_table, current_user);
    END LOOP;
END
$$;
