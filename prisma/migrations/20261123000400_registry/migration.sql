-- The registry: who serves and who served, and how each model came to be.
--
-- champion_changes is written once and never again: one numbered row for whatever became of a product's champion. Each
-- row names the number before it and the model that served then, so that a chain with a gap or a wrong link cannot be
-- stored; the champion's own row names the newest. Whoever changes a champion locks that row first.
--
-- Champions lie on one another: training and promoting put one on top, rolling back takes it off. `beneath` is the
-- number of the change whose model comes to light then.

ALTER TABLE models
    -- The champion that it was held against, and whose settings its search began at; null for the first.
    ADD COLUMN parent_id uuid,
    -- What it was made of: digests of series and regressors, policy, seed and code version. Null for older models.
    ADD COLUMN lineage jsonb,
    -- All of what decides what training comes to. Models of a product with the same digest are the same model.
    ADD COLUMN data_digest text,
    ADD FOREIGN KEY (tenant_id, product_id, parent_id) REFERENCES models (tenant_id, product_id, id),
    ADD CONSTRAINT models_lineage CHECK ((lineage IS NULL) = (data_digest IS NULL));
CREATE INDEX models_tenant_id_product_id_data_digest_idx ON models (tenant_id, product_id, data_digest);

-- What a model's card shows beside its row: the back-test day by day, the last weeks, what its forecast is made of.
CREATE TABLE model_evidence (
    model_id    uuid PRIMARY KEY,
    tenant_id   text NOT NULL,
    product_id  text NOT NULL,
    evidence    jsonb NOT NULL,
    FOREIGN KEY (tenant_id, product_id, model_id) REFERENCES models (tenant_id, product_id, id)
);

CREATE TABLE champion_changes (
    tenant_id      text NOT NULL,
    product_id     text NOT NULL,
    number         integer NOT NULL,
    previous       integer GENERATED ALWAYS AS (nullif(number - 1, 0)) STORED,
    kind           text NOT NULL,
    from_model_id  uuid,
    to_model_id    uuid NOT NULL,
    beneath        integer,
    is_pinned      boolean NOT NULL,
    changed_at     timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    role           text NOT NULL,
    -- No foreign key: a request cannot see the keys.
    key_id         text,
    run_id         uuid,
    reason         text NOT NULL,
    PRIMARY KEY (tenant_id, product_id, number),
    UNIQUE (tenant_id, product_id, number, to_model_id),
    FOREIGN KEY (tenant_id, product_id, previous, from_model_id) REFERENCES champion_changes (tenant_id, product_id, number, to_model_id),
    FOREIGN KEY (tenant_id, product_id, beneath) REFERENCES champion_changes (tenant_id, product_id, number),
    FOREIGN KEY (tenant_id, product_id, to_model_id) REFERENCES models (tenant_id, product_id, id),
    CONSTRAINT champion_changes_kind CHECK (kind IN ('trained', 'promoted', 'rolled-back', 'pinned', 'unpinned')),
    CONSTRAINT champion_changes_number CHECK (number >= 1 AND (number = 1) = (from_model_id IS NULL)),
    CONSTRAINT champion_changes_beneath CHECK (beneath < number),
    CONSTRAINT champion_changes_who CHECK (role IN ('worker', 'tenant', 'operator') AND (role = 'worker') = (run_id IS NOT NULL) AND (role = 'worker') = (key_id IS NULL))
);

-- Also for whoever owns the table.
CREATE FUNCTION refuse_rewriting() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'expected no row of % to be changed or removed: it is an audit', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER champion_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON champion_changes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

-- What is known of champions so far.
INSERT INTO champion_changes (tenant_id, product_id, number, kind, from_model_id, to_model_id, beneath, is_pinned, changed_at, role, run_id, reason)
SELECT m.tenant_id, m.product_id, row_number() OVER w, 'trained', lag(m.id) OVER w, m.id, nullif(row_number() OVER w - 1, 0), false, m.trained_at, 'worker', m.run_id, m.decision
FROM models m
WHERE m.became_champion
WINDOW w AS (PARTITION BY m.tenant_id, m.product_id ORDER BY m.version);

ALTER TABLE champions
    -- Runs do not take the place of a pinned champion.
    ADD COLUMN is_pinned boolean NOT NULL DEFAULT false,
    ADD COLUMN change integer;
UPDATE champions c SET change = (
    SELECT max(x.number) FROM champion_changes x
    WHERE x.tenant_id = c.tenant_id AND x.product_id = c.product_id AND x.to_model_id = c.model_id
);
ALTER TABLE champions
    ALTER COLUMN change SET NOT NULL,
    ADD FOREIGN KEY (tenant_id, product_id, change, model_id) REFERENCES champion_changes (tenant_id, product_id, number, to_model_id);

ALTER TABLE training_runs
    ADD COLUMN unchanged integer NOT NULL DEFAULT 0,
    DROP CONSTRAINT training_runs_counts;
ALTER TABLE training_runs
    -- Every product is either open or counted in exactly one of the six ends.
    ADD CONSTRAINT training_runs_counts CHECK (
        least(products_open, trained, unchanged, skipped, failed, dead, cancelled) >= 0
        AND products = products_open + trained + unchanged + skipped + failed + dead + cancelled
    );

ALTER TABLE product_trainings
    ADD COLUMN kept_model_id uuid,
    ADD FOREIGN KEY (tenant_id, product_id, kept_model_id) REFERENCES models (tenant_id, product_id, id),
    ADD CONSTRAINT product_trainings_kept CHECK ((status = 'unchanged') = (kept_model_id IS NOT NULL)),
    DROP CONSTRAINT product_trainings_status,
    ADD CONSTRAINT product_trainings_status
        CHECK (status IN ('queued', 'running', 'deferred', 'trained', 'unchanged', 'skipped', 'failed', 'dead', 'cancelled')),
    DROP CONSTRAINT product_trainings_claimed,
    ADD CONSTRAINT product_trainings_claimed
        CHECK (status NOT IN ('running', 'deferred', 'trained', 'unchanged', 'skipped', 'dead') OR (attempt >= 1 AND claimed_at IS NOT NULL)),
    DROP CONSTRAINT product_trainings_ended,
    ADD CONSTRAINT product_trainings_ended
        CHECK ((status IN ('trained', 'unchanged', 'skipped', 'failed', 'dead', 'cancelled')) = (finished_at IS NOT NULL));

-- Whether a model's bytes are those that were stored.
CREATE FUNCTION is_whole(p_artifact text, p_bytes integer, p_sha256 text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT octet_length(convert_to(p_artifact, 'UTF8')) = p_bytes AND encode(sha256(convert_to(p_artifact, 'UTF8')), 'hex') = p_sha256
$$;

-- The champions beneath the one that serves, the next one first. The same model may come more than once.
CREATE FUNCTION champions_beneath(p_tenant_id text, p_product_id text)
RETURNS TABLE (depth integer, model_id uuid, beneath integer)
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE layers AS (
        SELECT 0 AS depth, x.to_model_id, x.beneath
        FROM champions c
        JOIN champion_changes x ON x.tenant_id = c.tenant_id AND x.product_id = c.product_id AND x.number = c.change
        WHERE c.tenant_id = p_tenant_id AND c.product_id = p_product_id
        UNION ALL
        SELECT l.depth + 1, x.to_model_id, x.beneath
        FROM layers l
        JOIN champion_changes x ON x.tenant_id = p_tenant_id AND x.product_id = p_product_id AND x.number = l.beneath
    )
    SELECT l.depth, l.to_model_id, l.beneath FROM layers l WHERE l.depth > 0 ORDER BY l.depth
$$;

-- Writes one change and what it makes of the champion, whose row the caller holds; a product's first has none yet.
CREATE FUNCTION change_champion(
    p_tenant_id text, p_product_id text, p_kind text, p_model_id uuid, p_beneath integer, p_is_pinned boolean,
    p_role text, p_key_id text, p_run_id uuid, p_run_fence bigint, p_reason text
)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_champion  champions;
    v_number    integer;
BEGIN
    SELECT * INTO v_champion FROM champions c WHERE c.tenant_id = p_tenant_id AND c.product_id = p_product_id;
    v_number := coalesce(v_champion.change, 0) + 1;
    INSERT INTO champion_changes (tenant_id, product_id, number, kind, from_model_id, to_model_id, beneath, is_pinned, role, key_id, run_id, reason)
    VALUES (p_tenant_id, p_product_id, v_number, p_kind, v_champion.model_id, p_model_id, p_beneath, p_is_pinned, p_role, p_key_id, p_run_id, p_reason);
    IF v_champion.model_id IS NULL THEN
        INSERT INTO champions (tenant_id, product_id, model_id, run_fence, is_pinned, change)
        VALUES (p_tenant_id, p_product_id, p_model_id, p_run_fence, p_is_pinned, v_number);
    ELSE
        UPDATE champions c
        SET model_id = p_model_id,
            run_fence = coalesce(p_run_fence, c.run_fence),
            since = CASE WHEN c.model_id = p_model_id THEN c.since ELSE now() END,
            is_pinned = p_is_pinned,
            change = v_number
        WHERE c.tenant_id = p_tenant_id AND c.product_id = p_product_id;
    END IF;
END
$$;

-- The three requests of a person. Each answers with one word: changed, unchanged (it was so already), or why it cannot be.

-- Puts a model on top, also a rejected one or a former champion: missing | no-champion | refused | unchanged | changed.
CREATE FUNCTION promote_model(p_tenant_id text, p_product_id text, p_model_id uuid, p_role text, p_key_id text, p_reason text)
RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_champion  champions;
    v_is_whole  boolean;
BEGIN
    SELECT * INTO v_champion FROM champions c WHERE c.tenant_id = p_tenant_id AND c.product_id = p_product_id FOR UPDATE;
    SELECT is_whole(m.artifact, m.bytes, m.sha256) INTO v_is_whole
    FROM models m WHERE m.tenant_id = p_tenant_id AND m.product_id = p_product_id AND m.id = p_model_id;
    IF v_is_whole IS NULL THEN
        RETURN 'missing';
    ELSIF v_champion.model_id IS NULL THEN
        RETURN 'no-champion';
    ELSIF NOT v_is_whole THEN
        RETURN 'refused';
    ELSIF v_champion.model_id = p_model_id THEN
        RETURN 'unchanged';
    END IF;
    PERFORM change_champion(p_tenant_id, p_product_id, 'promoted', p_model_id, v_champion.change, v_champion.is_pinned, p_role, p_key_id, NULL, NULL, p_reason);
    UPDATE models m SET became_champion = true WHERE m.tenant_id = p_tenant_id AND m.id = p_model_id AND NOT m.became_champion;
    RETURN 'changed';
END
$$;

-- Takes the champion off, if it is still the one that is meant: the next whole one beneath it serves.
-- missing | no-champion | another-champion | nothing-before | refused | changed.
CREATE FUNCTION roll_back_champion(p_tenant_id text, p_product_id text, p_from_model_id uuid, p_role text, p_key_id text, p_reason text)
RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_champion  champions;
    v_before    record;
BEGIN
    SELECT * INTO v_champion FROM champions c WHERE c.tenant_id = p_tenant_id AND c.product_id = p_product_id FOR UPDATE;
    IF v_champion.model_id IS NULL THEN
        RETURN CASE WHEN EXISTS (SELECT FROM products p WHERE p.tenant_id = p_tenant_id AND p.id = p_product_id) THEN 'no-champion' ELSE 'missing' END;
    ELSIF v_champion.model_id <> p_from_model_id THEN
        RETURN 'another-champion';
    END IF;
    SELECT b.model_id, b.beneath INTO v_before
    FROM champions_beneath(p_tenant_id, p_product_id) b
    JOIN models m ON m.id = b.model_id
    WHERE b.model_id <> v_champion.model_id AND is_whole(m.artifact, m.bytes, m.sha256)
    ORDER BY b.depth
    LIMIT 1;
    IF v_before.model_id IS NULL THEN
        RETURN CASE
            WHEN EXISTS (SELECT FROM champions_beneath(p_tenant_id, p_product_id) b WHERE b.model_id <> v_champion.model_id) THEN 'refused'
            ELSE 'nothing-before'
        END;
    END IF;
    PERFORM change_champion(p_tenant_id, p_product_id, 'rolled-back', v_before.model_id, v_before.beneath, v_champion.is_pinned, p_role, p_key_id, NULL, NULL, p_reason);
    RETURN 'changed';
END
$$;

-- Holds the champion in its place against runs, or lets go of it: missing | no-champion | unchanged | changed.
CREATE FUNCTION pin_champion(p_tenant_id text, p_product_id text, p_is_pinned boolean, p_role text, p_key_id text, p_reason text)
RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_champion  champions;
    v_beneath   integer;
BEGIN
    SELECT * INTO v_champion FROM champions c WHERE c.tenant_id = p_tenant_id AND c.product_id = p_product_id FOR UPDATE;
    IF v_champion.model_id IS NULL THEN
        RETURN CASE WHEN EXISTS (SELECT FROM products p WHERE p.tenant_id = p_tenant_id AND p.id = p_product_id) THEN 'no-champion' ELSE 'missing' END;
    ELSIF v_champion.is_pinned = p_is_pinned THEN
        RETURN 'unchanged';
    END IF;
    SELECT x.beneath INTO v_beneath FROM champion_changes x
    WHERE x.tenant_id = p_tenant_id AND x.product_id = p_product_id AND x.number = v_champion.change;
    PERFORM change_champion(
        p_tenant_id, p_product_id, CASE WHEN p_is_pinned THEN 'pinned' ELSE 'unpinned' END, v_champion.model_id, v_beneath, p_is_pinned,
        p_role, p_key_id, NULL, NULL, p_reason
    );
    RETURN 'changed';
END
$$;

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
            cutoff, score, naive_score, trials, fit_ms, absent_sources, became_champion, decision, parent_id, lineage, data_digest
        )
        SELECT
            p_tenant_id, p_product_id, p_run_id,
            (SELECT coalesce(max(m.version), 0) + 1 FROM models m WHERE m.tenant_id = p_tenant_id AND m.product_id = p_product_id),
            d.demand_class, d.family, d.spec, p_artifact, d.sha256, d.bytes, d.schema_version,
            v_run.cutoff, d.score, d.naive_score, d.trials, d.fit_ms, d.absent_sources, v_takes,
            CASE WHEN d.became_champion AND NOT v_takes THEN d.decision || '; but ' || v_hindered ELSE d.decision END,
            d.parent_id, d.lineage, d.data_digest
        FROM jsonb_to_record(p_detail) AS d (
            demand_class text, family text, spec jsonb, sha256 text, bytes integer, schema_version integer, score jsonb,
            naive_score jsonb, trials integer, fit_ms double precision, absent_sources text[], became_champion boolean, decision text, parent_id uuid, lineage jsonb, data_digest text
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

-- Finishes a running run from outside: what is still open in it fails with p_code, and the totals are counted anew from
-- its product trainings. Without a code it only finishes a run in which nothing is open. False when there was nothing to do.
CREATE OR REPLACE FUNCTION settle_training_run(p_tenant_id text, p_run_id uuid, p_code text, p_message text)
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
        trained = n.trained, unchanged = n.unchanged, skipped = n.skipped, failed = n.failed, dead = n.dead, cancelled = n.cancelled
    FROM (
        SELECT
            count(*) AS products,
            count(*) FILTER (WHERE t.status = 'trained') AS trained,
            count(*) FILTER (WHERE t.status = 'unchanged') AS unchanged,
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

-- A request may read all of it, and change a champion by the functions above; a model's bytes stay out of its reach.
GRANT SELECT ON champion_changes, model_evidence TO levain_tenant;
GRANT INSERT ON champion_changes TO levain_tenant;
GRANT UPDATE (model_id, run_fence, since, is_pinned, change) ON champions TO levain_tenant;
GRANT UPDATE (became_champion) ON models TO levain_tenant;

DO $$
DECLARE
    v_table  regclass;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['champion_changes', 'model_evidence']::regclass[] LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', v_table);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', v_table);
        EXECUTE format('CREATE POLICY own_rows ON %s TO levain_tenant USING (tenant_id = current_setting(''levain.tenant_id'', true))', v_table);
        EXECUTE format('CREATE POLICY all_rows ON %s TO %I USING (true)', v_table, current_user);
    END LOOP;
END
$$;
