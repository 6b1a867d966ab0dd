-- Sales that Levain keeps itself, for bakeries without a till that answers over HTTP: their spreadsheets, uploaded.

CREATE TABLE stored_products (
    tenant_id   text NOT NULL REFERENCES tenants (id),
    id          text NOT NULL,
    name        text NOT NULL,
    created_at  timestamptz(3) NOT NULL DEFAULT now(),
    updated_at  timestamptz(3) NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);

-- One total per product and day: sent again, the same row changes nothing and another one takes its place.
CREATE TABLE stored_sales (
    tenant_id    text NOT NULL,
    product_id   text NOT NULL,
    day          date NOT NULL,
    quantity     double precision NOT NULL,
    -- The tenant's local time, HH:MM, at which the shelf was empty; null where it was not, or nobody noted it.
    sold_out_at  text,
    updated_at   timestamptz(3) NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, product_id, day),
    FOREIGN KEY (tenant_id, product_id) REFERENCES stored_products (tenant_id, id),
    CONSTRAINT stored_sales_quantity CHECK (quantity BETWEEN -1e9 AND 1e9),
    CONSTRAINT stored_sales_sold_out_at CHECK (sold_out_at ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$')
);
-- The open days of the shop are those on which anything was sold.
CREATE INDEX stored_sales_tenant_id_day_idx ON stored_sales (tenant_id, day) WHERE quantity > 0;

-- Daily columns of one source: of the whole shop where product_id is empty, else of that product alone.
CREATE TABLE stored_columns (
    tenant_id   text NOT NULL REFERENCES tenants (id),
    source      text NOT NULL,
    product_id  text NOT NULL DEFAULT '',
    -- [{ name, firstDay, values: [number | null] }]
    columns     jsonb NOT NULL,
    updated_at  timestamptz(3) NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, source, product_id),
    CONSTRAINT stored_columns_source CHECK (source IN ('weather', 'traffic', 'events')),
    CONSTRAINT stored_columns_product CHECK (product_id = '' OR source = 'events'),
    CONSTRAINT stored_columns_columns CHECK (jsonb_typeof(columns) = 'array')
);

-- A tenant uploads what is its own and takes nothing away.
GRANT SELECT, INSERT, UPDATE ON stored_products, stored_sales, stored_columns TO levain_tenant;

DO $$
DECLARE
    v_table  regclass;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['stored_products', 'stored_sales', 'stored_columns']::regclass[]
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', v_table);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', v_table);
        EXECUTE format('CREATE POLICY own_rows ON %s TO levain_tenant USING (tenant_id = current_setting(''levain.tenant_id'', true))', v_table);
        EXECUTE format('CREATE POLICY all_rows ON %s TO %I USING (true)', v_table, current_user);
    END LOOP;
END
$$;
