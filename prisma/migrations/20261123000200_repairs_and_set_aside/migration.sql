-- What the repairs need: who leads them, which Redis the queue was filled into, how an overdue run ends, and how a
-- product training that takes its workers down with it is set aside.
--
-- A product training:  queued → running ⇄ deferred → trained | skipped | failed | dead | cancelled
--
-- The generation is part of the job's id and of every claim. Whoever finds a job missing raises it: the job of before,
-- wherever it still is, is then nobody's. A training that was running goes back to queued with it, and its worker may
-- still commit as long as nobody has claimed it anew.

ALTER TABLE training_runs ADD COLUMN dead integer NOT NULL DEFAULT 0;
ALTER TABLE training_runs
    DROP CONSTRAINT training_runs_trigger,
    ADD CONSTRAINT training_runs_trigger CHECK (trigger IN ('request', 'nightly', 'redrive')),
    DROP CONSTRAINT training_runs_counts,
    -- Every product is either open or counted in exactly one of the five ends.
    ADD CONSTRAINT training_runs_counts CHECK (
        least(products_open, trained, skipped, failed, dead, cancelled) >= 0
        AND products = products_open + trained + skipped + failed + dead + cancelled
    );

ALTER TABLE product_trainings
    -- Whether the claim of now has its worker process to itself: then nothing else can have brought that down.
    ADD COLUMN is_alone boolean NOT NULL DEFAULT false,
    -- Those of the lost claims that were alone.
    ADD COLUMN lost_alone integer NOT NULL DEFAULT 0;
ALTER TABLE product_trainings
    DROP CONSTRAINT product_trainings_status,
    ADD CONSTRAINT product_trainings_status
        CHECK (status IN ('queued', 'running', 'deferred', 'trained', 'skipped', 'failed', 'dead', 'cancelled')),
    DROP CONSTRAINT product_trainings_claimed,
    ADD CONSTRAINT product_trainings_claimed
        CHECK (status NOT IN ('running', 'deferred', 'trained', 'skipped', 'dead') OR (attempt >= 1 AND claimed_at IS NOT NULL)),
    DROP CONSTRAINT product_trainings_ended,
    ADD CONSTRAINT product_trainings_ended
        CHECK ((status IN ('trained', 'skipped', 'failed', 'dead', 'cancelled')) = (finished_at IS NOT NULL)),
    DROP CONSTRAINT product_trainings_failure,
    ADD CONSTRAINT product_trainings_failure CHECK (
        CASE WHEN status IN ('failed', 'dead', 'deferred') THEN failure_code IS NOT NULL ELSE failure_code IS NULL END
        AND (failure_code IS NULL) = (failure_message IS NULL)
    );

-- Who may do what one process should do. A row is held until it expires by the clock of PostgreSQL, and passes in one
-- statement. Not an advisory lock: that belongs to a session, and sessions here belong to a pool.
CREATE TABLE leaders (
    name        text PRIMARY KEY,
    holder      text NOT NULL,
    expires_at  timestamptz(3) NOT NULL
);

-- The fleet has one epoch, and the Redis that the queue was filled into knows it. A Redis that does not is empty, or another.
CREATE TABLE fleet (
    id     integer PRIMARY KEY DEFAULT 1,
    epoch  uuid NOT NULL DEFAULT gen_random_uuid(),
    CONSTRAINT fleet_is_one CHECK (id = 1)
);

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
        dead = r.dead + (p_status = 'dead')::integer,
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

-- Finishes a running run from outside: what is still open in it fails with p_code, and the totals are counted anew from
-- its product trainings. Without a code it only finishes a run in which nothing is open. False when there was nothing to do.
CREATE FUNCTION settle_training_run(p_tenant_id text, p_run_id uuid, p_code text, p_message text)
RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM training_runs r
    WHERE r.tenant_id = p_tenant_id AND r.id = p_run_id AND r.status = 'running'
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;

    IF p_code IS NOT NULL THEN
        UPDATE product_trainings t
        SET status = 'failed', finished_at = now(), failure_code = p_code, failure_message = p_message
        WHERE t.tenant_id = p_tenant_id AND t.run_id = p_run_id AND t.status IN ('queued', 'running', 'deferred');
    ELSIF EXISTS (
        SELECT FROM product_trainings t
        WHERE t.tenant_id = p_tenant_id AND t.run_id = p_run_id AND t.status IN ('queued', 'running', 'deferred')
    ) THEN
        RETURN false;
    END IF;

    UPDATE training_runs r
    SET status = 'finished', finished_at = now(), products_open = 0, products = n.products,
        trained = n.trained, skipped = n.skipped, failed = n.failed, dead = n.dead, cancelled = n.cancelled
    FROM (
        SELECT
            count(*) AS products,
            count(*) FILTER (WHERE t.status = 'trained') AS trained,
            count(*) FILTER (WHERE t.status = 'skipped') AS skipped,
            count(*) FILTER (WHERE t.status = 'failed') AS failed,
            count(*) FILTER (WHERE t.status = 'dead') AS dead,
            count(*) FILTER (WHERE t.status = 'cancelled') AS cancelled
        FROM product_trainings t
        WHERE t.tenant_id = p_tenant_id AND t.run_id = p_run_id
    ) AS n
    WHERE r.id = p_run_id;
    RETURN true;
END
$$;

-- Puts jobs of an open run back: with the next generation, and as if the queue had never been told. Without products it
-- is the run's start, or all that is open in it; with products those of them whose generation is still the one that was
-- looked for. Nothing happens to a run that has left p_status since. How many were put back.
CREATE FUNCTION put_back(p_tenant_id text, p_run_id uuid, p_status text, p_product_ids text[], p_generations integer[])
RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    v_count  integer;
BEGIN
    PERFORM FROM training_runs r
    WHERE r.tenant_id = p_tenant_id AND r.id = p_run_id AND r.status = p_status AND r.status IN ('accepted', 'running')
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;

    IF p_status = 'accepted' THEN
        UPDATE training_runs r SET generation = r.generation + 1, enqueued_at = NULL WHERE r.id = p_run_id;
        RETURN 1;
    END IF;

    UPDATE product_trainings t
    SET generation = t.generation + 1,
        enqueued_at = NULL,
        -- Nobody vanished as far as anyone knows: the job did.
        status = CASE t.status WHEN 'running' THEN 'queued' ELSE t.status END,
        is_alone = false
    WHERE t.tenant_id = p_tenant_id AND t.run_id = p_run_id AND t.status IN ('queued', 'running', 'deferred')
        AND (p_product_ids IS NULL OR (t.product_id, t.generation) IN (SELECT * FROM unnest(p_product_ids, p_generations)));
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END
$$;
