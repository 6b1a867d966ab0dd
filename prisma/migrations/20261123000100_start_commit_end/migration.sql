-- The four moments of a run at which two fences are raised or must hold, each one statement for its caller.
--
-- A run:               accepted → running → finished | cancelled | failed
-- A product training:  queued → running ⇄ deferred → trained | skipped | failed | cancelled
--
-- The run's fence (from the tenant's counter) is raised when it starts and when it is stopped. The product training's
-- attempt is raised by every claim, also by one that finds it running, because then the worker before has vanished. A
-- commit must name both as they are now; a worker that slept through its own replacement writes nothing and gets LV001.
--
-- Whoever changes a run's counters first locks the run's row and then product trainings; a claim locks only its product
-- training. So nothing here can wait in a circle.

-- Starts an accepted run: fence, products, product trainings, context. Called again, it changes nothing and says so.
CREATE FUNCTION start_training_run(p_tenant_id text, p_run_id uuid, p_context jsonb, p_products jsonb, p_findings jsonb)
RETURNS TABLE (run_status text, run_fence bigint, started_now boolean)
LANGUAGE plpgsql AS $$
DECLARE
    v_run    training_runs;
    v_fence  bigint;
    v_count  integer;
BEGIN
    SELECT * INTO v_run FROM training_runs r WHERE r.tenant_id = p_tenant_id AND r.id = p_run_id FOR NO KEY UPDATE;
    IF v_run.id IS NULL THEN
        RETURN;
    END IF;
    IF v_run.status <> 'accepted' THEN
        RETURN QUERY SELECT v_run.status, v_run.fence, false;
        RETURN;
    END IF;

    UPDATE tenants t SET fence = t.fence + 1 WHERE t.id = p_tenant_id RETURNING t.fence INTO v_fence;

    INSERT INTO products AS p (tenant_id, id, name, is_discontinued, has_own_events)
    SELECT p_tenant_id, listed.id, listed.name, listed."isDiscontinued", listed."hasOwnEvents"
    FROM jsonb_to_recordset(p_products) AS listed (id text, name text, "isDiscontinued" boolean, "hasOwnEvents" boolean)
    ON CONFLICT (tenant_id, id) DO UPDATE
    SET name = excluded.name, is_discontinued = excluded.is_discontinued, has_own_events = excluded.has_own_events, updated_at = now()
    WHERE (p.name, p.is_discontinued, p.has_own_events) IS DISTINCT FROM (excluded.name, excluded.is_discontinued, excluded.has_own_events);

    -- The best sellers first, so that a run that is cut short was cut where it costs least; then in the till's order.
    INSERT INTO product_trainings (tenant_id, run_id, product_id, rank)
    SELECT p_tenant_id, p_run_id, p.id, row_number() OVER (ORDER BY p.expected_units_per_day DESC NULLS LAST, listed.place)
    FROM jsonb_array_elements(p_products) WITH ORDINALITY AS listed (product, place)
    JOIN products p ON p.tenant_id = p_tenant_id AND p.id = listed.product ->> 'id';
    GET DIAGNOSTICS v_count = ROW_COUNT;

    INSERT INTO run_contexts (tenant_id, run_id, context) VALUES (p_tenant_id, p_run_id, p_context);

    RETURN QUERY
    UPDATE training_runs r
    SET status = CASE WHEN v_count = 0 THEN 'finished' ELSE 'running' END,
        fence = v_fence,
        products = v_count,
        products_open = v_count,
        absent_sources = ARRAY(SELECT absent ->> 'source' FROM jsonb_array_elements(p_context -> 'absentSources') absent),
        findings = p_findings,
        started_at = now(),
        finished_at = CASE WHEN v_count = 0 THEN now() END
    WHERE r.id = p_run_id
    RETURNING r.status, r.fence, true;
END
$$;

-- Ends one product training and, with the last one, its run. p_detail holds what p_status needs, named as its columns.
-- The same attempt again, because its answer was lost on the way, gets the first answer. Raises LV001 for a late writer.
CREATE FUNCTION commit_product_training(
    p_tenant_id text, p_run_id uuid, p_product_id text, p_attempt integer, p_fence bigint,
    p_status text, p_detail jsonb, p_artifact text
)
RETURNS TABLE (committed_model_id uuid, run_ended boolean)
LANGUAGE plpgsql AS $$
DECLARE
    v_run       training_runs;
    v_training  product_trainings;
    v_model_id  uuid;
    v_ended     boolean;
BEGIN
    SELECT * INTO v_run FROM training_runs r
    WHERE r.tenant_id = p_tenant_id AND r.id = p_run_id
    FOR NO KEY UPDATE;
    SELECT * INTO v_training FROM product_trainings t
    WHERE t.tenant_id = p_tenant_id AND t.run_id = p_run_id AND t.product_id = p_product_id
    FOR NO KEY UPDATE;

    IF v_training.attempt = p_attempt AND v_training.status = p_status AND v_training.finished_at IS NOT NULL THEN
        SELECT m.id INTO v_model_id FROM models m
        WHERE m.tenant_id = p_tenant_id AND m.run_id = p_run_id AND m.product_id = p_product_id;
        RETURN QUERY SELECT v_model_id, v_training.ended_run;
        RETURN;
    END IF;

    IF v_run.status IS DISTINCT FROM 'running' OR v_run.fence IS DISTINCT FROM p_fence
        OR v_training.attempt IS DISTINCT FROM p_attempt OR v_training.status NOT IN ('running', 'deferred')
    THEN
        RAISE EXCEPTION 'expected run fence % and attempt %, the run is % with fence %, the product training is % with attempt %',
            p_fence, p_attempt, coalesce(v_run.status, 'missing'), coalesce(v_run.fence::text, 'none'),
            coalesce(v_training.status, 'missing'), coalesce(v_training.attempt::text, 'none')
            USING ERRCODE = 'LV001';
    END IF;

    IF p_status = 'trained' THEN
        INSERT INTO models (
            tenant_id, product_id, run_id, version, demand_class, family, spec, artifact, sha256, bytes, schema_version,
            cutoff, score, naive_score, trials, fit_ms, absent_sources, became_champion, decision
        )
        SELECT
            p_tenant_id, p_product_id, p_run_id,
            (SELECT coalesce(max(m.version), 0) + 1 FROM models m WHERE m.tenant_id = p_tenant_id AND m.product_id = p_product_id),
            d.demand_class, d.family, d.spec, p_artifact, d.sha256, d.bytes, d.schema_version,
            v_run.cutoff, d.score, d.naive_score, d.trials, d.fit_ms, d.absent_sources, d.became_champion, d.decision
        FROM jsonb_to_record(p_detail) AS d (
            demand_class text, family text, spec jsonb, sha256 text, bytes integer, schema_version integer, score jsonb,
            naive_score jsonb, trials integer, fit_ms double precision, absent_sources text[], became_champion boolean, decision text
        )
        RETURNING id INTO v_model_id;

        INSERT INTO forecasts (model_id, tenant_id, product_id, days, levels, quantiles)
        SELECT v_model_id, p_tenant_id, p_product_id, d.days, d.levels, d.quantiles
        FROM jsonb_to_record(p_detail) AS d (days date[], levels double precision[], quantiles jsonb);

        IF (p_detail ->> 'became_champion')::boolean THEN
            INSERT INTO champions AS c (tenant_id, product_id, model_id, run_fence)
            VALUES (p_tenant_id, p_product_id, v_model_id, p_fence)
            ON CONFLICT (tenant_id, product_id) DO UPDATE
            SET model_id = excluded.model_id, run_fence = excluded.run_fence, since = now()
            WHERE c.run_fence <= excluded.run_fence;
        END IF;

        UPDATE products p SET expected_units_per_day = (p_detail ->> 'expected_units_per_day')::double precision
        WHERE p.tenant_id = p_tenant_id AND p.id = p_product_id;
    END IF;

    UPDATE training_runs r
    SET products_open = r.products_open - 1,
        trained = r.trained + (p_status = 'trained')::integer,
        skipped = r.skipped + (p_status = 'skipped')::integer,
        failed = r.failed + (p_status = 'failed')::integer,
        status = CASE WHEN r.products_open = 1 THEN 'finished' ELSE r.status END,
        finished_at = CASE WHEN r.products_open = 1 THEN now() END
    WHERE r.id = p_run_id
    RETURNING r.status = 'finished' INTO v_ended;

    UPDATE product_trainings t
    SET status = p_status,
        finished_at = now(),
        skip_reason = p_detail ->> 'skip_reason',
        failure_code = p_detail ->> 'failure_code',
        failure_message = p_detail ->> 'failure_message',
        report = p_detail -> 'report',
        ended_run = v_ended
    WHERE t.tenant_id = p_tenant_id AND t.run_id = p_run_id AND t.product_id = p_product_id;

    RETURN QUERY SELECT v_model_id, v_ended;
END
$$;

-- Stops an open run: 'cancelled' by a person or 'failed' for a reason. What was still open in it ends with it, and the
-- raised fence makes whoever still trains for it late. False when the run was not open.
CREATE FUNCTION stop_training_run(p_tenant_id text, p_run_id uuid, p_status text, p_code text, p_message text)
RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_fence  bigint;
    v_count  integer;
BEGIN
    PERFORM FROM training_runs r
    WHERE r.tenant_id = p_tenant_id AND r.id = p_run_id AND r.status IN ('accepted', 'running')
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;

    UPDATE product_trainings t
    SET status = p_status, finished_at = now(), failure_code = p_code, failure_message = p_message
    WHERE t.tenant_id = p_tenant_id AND t.run_id = p_run_id AND t.status IN ('queued', 'running', 'deferred');
    GET DIAGNOSTICS v_count = ROW_COUNT;

    UPDATE tenants t SET fence = t.fence + 1 WHERE t.id = p_tenant_id RETURNING t.fence INTO v_fence;

    UPDATE training_runs r
    SET status = p_status,
        fence = v_fence,
        products_open = r.products_open - v_count,
        cancelled = r.cancelled + CASE WHEN p_status = 'cancelled' THEN v_count ELSE 0 END,
        failed = r.failed + CASE WHEN p_status = 'failed' THEN v_count ELSE 0 END,
        finished_at = now(),
        failure_code = p_code,
        failure_message = p_message
    WHERE r.id = p_run_id;
    RETURN true;
END
$$;
