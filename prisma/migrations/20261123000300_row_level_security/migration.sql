-- The second wall between tenants. The first is every query's own `tenant_id = …`; this one holds where a query forgets.
--
-- A request of a tenant runs as the role levain_tenant and names its tenant in levain.tenant_id, both for one
-- transaction. As that role a row of another tenant does not exist, and without a name no row does. Whoever owns the
-- tables (the workers, who serve all tenants) sees all of them by a policy of their own; anybody else sees nothing.

-- Roles belong to the cluster, not to this database: it may be there, or be made at this moment by a neighbour.
DO $$
BEGIN
    CREATE ROLE levain_tenant NOLOGIN NOINHERIT NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;

-- A superuser may take any role. Whoever else made it (PostgreSQL 16 gives its maker no more than the right to give it)
-- gives it to itself, maybe at the same moment as a neighbour. Where somebody else made it, they must give it: the fault
-- of the GRANT says so.
DO $$
DECLARE
    v_taking  text := CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
    WHILE NOT pg_has_role(current_user, 'levain_tenant', v_taking) LOOP
        BEGIN
            EXECUTE format('GRANT levain_tenant TO %I', current_user);
        EXCEPTION WHEN internal_error OR unique_violation THEN
            -- "tuple concurrently updated": the neighbour was faster.
            PERFORM pg_sleep(0.05);
        END;
    END LOOP;
END
$$;

GRANT USAGE ON SCHEMA public TO levain_tenant;

-- What a request may do: read what is its own, accept a run, stop one, put one back. It deletes nothing, writes no model
-- and never sees a key.
GRANT SELECT ON tenants, products, training_runs, run_contexts, product_trainings, models, champions, forecasts TO levain_tenant;
GRANT INSERT, UPDATE ON training_runs, product_trainings TO levain_tenant;
GRANT UPDATE (fence) ON tenants TO levain_tenant;

-- Every table with a tenant's rows, whoever made it: a test looks for those that came later and were forgotten.
DO $$
DECLARE
    v_table  regclass;
BEGIN
    FOR v_table IN
        SELECT c.oid::regclass
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attname = 'tenant_id' AND NOT a.attisdropped
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', v_table);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', v_table);
        EXECUTE format('CREATE POLICY own_rows ON %s TO levain_tenant USING (tenant_id = current_setting(''levain.tenant_id'', true))', v_table);
        EXECUTE format('CREATE POLICY all_rows ON %s TO %I USING (true)', v_table, current_user);
    END LOOP;
END
$$;

ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON tenants TO levain_tenant USING (id = current_setting('levain.tenant_id', true));
CREATE POLICY all_rows ON tenants TO CURRENT_USER USING (true);

-- Keys that may look and not touch: an operator's colleague at the board.
ALTER TABLE api_keys DROP CONSTRAINT api_keys_role;
ALTER TABLE api_keys ADD CONSTRAINT api_keys_role CHECK (role IN ('tenant', 'operator', 'viewer'));
