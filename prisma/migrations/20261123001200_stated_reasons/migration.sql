-- Why a training did what it did, and why its model waits, said where people look and not in a log alone.

ALTER TABLE product_trainings
    -- Why it was tuned, fitted to newer sales, or kept: null of before this was told, and where training did not come so far.
    ADD COLUMN reason text,
    ADD CONSTRAINT product_trainings_reason CHECK (reason IS NULL OR status IN ('trained', 'unchanged'));

ALTER TABLE models
    -- Whose sales contradict the champion: the product's own, or those of most products of the run. Null where they are believed.
    ADD COLUMN held_for text,
    ADD CONSTRAINT models_held_for CHECK (held_for IN ('product', 'shop')),
    ADD CONSTRAINT models_held_has_champion CHECK (held_for IS NULL OR parent_id IS NOT NULL);

-- Of before this was told: their decisions say so.
UPDATE models SET held_for = 'product' WHERE decision LIKE 'held: %' AND parent_id IS NOT NULL;

-- Ends one product training and, with the last one, its run. p_detail holds what p_status needs, named as its columns.
-- The same attempt again, because its answer was lost on the way, gets the first answer. Raises LV001 for a late writer.
CREATE OR REPLACE FUNCTION commit_product_training(
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
    v_champion  champions;
    v_hindered  text;
    v_takes     boolean;
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
        RETURN QUERY SELECT coalesce(v_model_id, v_training.kept_model_id), v_training.ended_run;
        RETURN;
    END IF;

    -- A training that a repair put back is queued again, and until somebody claims it the attempt is still its holder's.
    IF v_run.status IS DISTINCT FROM 'running' OR v_run.fence IS DISTINCT FROM p_fence
        OR v_training.attempt IS DISTINCT FROM p_attempt OR v_training.status NOT IN ('queued', 'running', 'deferred')
    THEN
        RAISE EXCEPTION 'expected run fence % and attempt %, the run is % with fence %, the product training is % with attempt %',
            p_fence, p_attempt, coalesce(v_run.status, 'missing'), coalesce(v_run.fence::text, 'none'),
            coalesce(v_training.status, 'missing'), coalesce(v_training.attempt::text, 'none')
            USING ERRCODE = 'LV001';
    END IF;

    IF p_status = 'trained' THEN
        SELECT * INTO v_champion FROM champions c
        WHERE c.tenant_id = p_tenant_id AND c.product_id = p_product_id
        FOR UPDATE;
        -- What a person did to the champion since the challenger was held against it counts more.
        v_hindered := CASE
            WHEN v_champion.is_pinned THEN 'the champion is pinned'
            WHEN v_champion.model_id <> (p_detail ->> 'parent_id')::uuid THEN 'another champion serves since it was held against this one'
            WHEN v_champion.run_fence > p_fence THEN 'a later run has placed a champion'
        END;
        v_takes := (p_detail ->> 'became_champion')::boolean AND v_hindered IS NULL;

        INSERT INTO models (
            tenant_id, product_id, run_id, version, demand_class, family, spec, artifact, sha256, bytes, schema_version,
            cutoff, score, naive_score, trials, fit_ms, absent_sources, became_champion, decision, held_for, parent_id, lineage, data_digest
        )
        SELECT
            p_tenant_id, p_product_id, p_run_id,
            (SELECT coalesce(max(m.version), 0) + 1 FROM models m WHERE m.tenant_id = p_tenant_id AND m.product_id = p_product_id),
            d.demand_class, d.family, d.spec, p_artifact, d.sha256, d.bytes, d.schema_version,
            v_run.cutoff, d.score, d.naive_score, d.trials, d.fit_ms, d.absent_sources, v_takes,
            CASE WHEN d.became_champion AND NOT v_takes THEN d.decision || '; but ' || v_hindered ELSE d.decision END,
            d.held_for, d.parent_id, d.lineage, d.data_digest
        FROM jsonb_to_record(p_detail) AS d (
            demand_class text, family text, spec jsonb, sha256 text, bytes integer, schema_version integer, score jsonb,
            naive_score jsonb, trials integer, fit_ms double precision, absent_sources text[], became_champion boolean, decision text, held_for text, parent_id uuid, lineage jsonb, data_digest text
        )
        RETURNING id INTO v_model_id;

        INSERT INTO forecasts (model_id, tenant_id, product_id, days, levels, quantiles)
        SELECT v_model_id, p_tenant_id, p_product_id, d.days, d.levels, d.quantiles
        FROM jsonb_to_record(p_detail) AS d (days date[], levels double precision[], quantiles jsonb);

        IF p_detail ? 'evidence' THEN
            INSERT INTO model_evidence (model_id, tenant_id, product_id, evidence)
            VALUES (v_model_id, p_tenant_id, p_product_id, p_detail -> 'evidence');
        END IF;

        IF v_takes THEN
            PERFORM change_champion(
                p_tenant_id, p_product_id, 'trained', v_model_id, v_champion.change, false, 'worker', NULL, p_run_id, p_fence, p_detail ->> 'decision'
            );
        END IF;

        UPDATE products p SET expected_units_per_day = (p_detail ->> 'expected_units_per_day')::double precision
        WHERE p.tenant_id = p_tenant_id AND p.id = p_product_id;
    END IF;

    UPDATE training_runs r
    SET products_open = r.products_open - 1,
        trained = r.trained + (p_status = 'trained')::integer,
        unchanged = r.unchanged + (p_status = 'unchanged')::integer,
        skipped = r.skipped + (p_status = 'skipped')::integer,
        failed = r.failed + (p_status = 'failed')::integer,
        dead = r.dead + (p_status = 'dead')::integer,
        status = CASE WHEN r.products_open = 1 THEN 'finished' ELSE r.status END,
        finished_at = CASE WHEN r.products_open = 1 THEN now() END
    WHERE r.id = p_run_id
    RETURNING r.status = 'finished' INTO v_ended;

    UPDATE product_trainings t
    SET status = p_status,
        finished_at = now(),
        reason = p_detail ->> 'reason',
        skip_reason = p_detail ->> 'skip_reason',
        failure_code = p_detail ->> 'failure_code',
        failure_message = p_detail ->> 'failure_message',
        report = p_detail -> 'report',
        kept_model_id = (p_detail ->> 'kept_model_id')::uuid,
        ended_run = v_ended
    WHERE t.tenant_id = p_tenant_id AND t.run_id = p_run_id AND t.product_id = p_product_id;

    RETURN QUERY SELECT coalesce(v_model_id, (p_detail ->> 'kept_model_id')::uuid), v_ended;
END
$$;
