-- Fitted models move out of the database: a model's row says what its artifact is (SHA-256, size, schema version), and the
-- artifact store has it under that digest. Rows of before keep their text until it was moved.
--
-- A model:     whole ⇄ refused       whoever loads it and finds something else, or nothing; back when a person promotes
--                                    it and it is found whole again
-- An artifact: stored → named by a model, or after a day → condemned → removed
--
-- A condemned artifact is nobody's, and no model can come to name it any more: condemning and committing exclude one another,
-- so that an artifact is not removed between being stored and being committed.

ALTER TABLE models
    -- Null where the store has it.
    ALTER COLUMN artifact DROP NOT NULL,
    ADD COLUMN refused_at timestamptz(3),
    -- What was expected, and what came.
    ADD COLUMN refused_reason text,
    ADD CONSTRAINT models_refused CHECK ((refused_at IS NULL) = (refused_reason IS NULL));
CREATE INDEX models_tenant_id_sha256_idx ON models (tenant_id, sha256);
CREATE INDEX models_to_be_moved_idx ON models (tenant_id, id) WHERE artifact IS NOT NULL;

CREATE TABLE condemned_artifacts (
    tenant_id     text NOT NULL REFERENCES tenants (id),
    sha256        text NOT NULL,
    condemned_at  timestamptz(3) NOT NULL DEFAULT now(),
    -- Kept for a while after the artifact has gone: somebody may have stored the same before, and commit it after.
    removed_at    timestamptz(3),
    PRIMARY KEY (tenant_id, sha256)
);

-- Whoever commits for a tenant shares this lock for the time of the commit; whoever condemns has it alone.
CREATE FUNCTION artifacts_lock(p_tenant_id text) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT hashtextextended('levain artifacts ' || p_tenant_id, 0)
$$;

-- Raises LV002: the artifact may be gone, and must be stored anew.
CREATE FUNCTION refuse_condemned_artifact() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(artifacts_lock(NEW.tenant_id));
    IF EXISTS (SELECT FROM condemned_artifacts c WHERE c.tenant_id = NEW.tenant_id AND c.sha256 = NEW.sha256) THEN
        RAISE EXCEPTION 'expected an artifact that no collection has condemned, got %', NEW.sha256 USING ERRCODE = 'LV002';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER models_not_condemned BEFORE INSERT OR UPDATE OF artifact ON models
    FOR EACH ROW WHEN (NEW.artifact IS NULL) EXECUTE FUNCTION refuse_condemned_artifact();

-- Condemns those of a tenant's artifacts that no model names, and tells them.
CREATE FUNCTION condemn_artifacts(p_tenant_id text, p_sha256s text[]) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(artifacts_lock(p_tenant_id));
    RETURN QUERY
        INSERT INTO condemned_artifacts AS c (tenant_id, sha256)
        SELECT p_tenant_id, stored.sha256 FROM unnest(p_sha256s) AS stored (sha256)
        WHERE EXISTS (SELECT FROM tenants t WHERE t.id = p_tenant_id)
          AND NOT EXISTS (SELECT FROM models m WHERE m.tenant_id = p_tenant_id AND m.sha256 = stored.sha256)
        ON CONFLICT (tenant_id, sha256) DO UPDATE SET removed_at = NULL
        RETURNING c.sha256;
END
$$;

-- Whether a model may serve as far as its row can tell. What the store has is looked at by whoever loads it.
CREATE OR REPLACE FUNCTION is_whole(p_artifact text, p_bytes integer, p_sha256 text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT p_artifact IS NULL
        OR (octet_length(convert_to(p_artifact, 'UTF8')) = p_bytes AND encode(sha256(convert_to(p_artifact, 'UTF8')), 'hex') = p_sha256)
$$;

-- Takes a model out of service, and tells its tenant's webhooks. False where it was out of service already.
CREATE FUNCTION refuse_model(p_tenant_id text, p_model_id uuid, p_reason text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_model  models;
BEGIN
    UPDATE models m SET refused_at = clock_timestamp(), refused_reason = p_reason
    WHERE m.tenant_id = p_tenant_id AND m.id = p_model_id AND m.refused_at IS NULL
    RETURNING * INTO v_model;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM tell_webhooks(
        p_tenant_id, 'artifact.refused', p_model_id || ' ' || v_model.refused_at,
        jsonb_build_object('productId', v_model.product_id, 'modelId', v_model.id, 'version', v_model.version, 'reason', p_reason)
    );
    RETURN true;
END
$$;

-- Puts a model on top, also a rejected one or a former champion: missing | no-champion | refused | unchanged | changed.
CREATE OR REPLACE FUNCTION promote_model(p_tenant_id text, p_product_id text, p_model_id uuid, p_role text, p_key_id text, p_reason text)
RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_champion  champions;
    v_is_whole  boolean;
BEGIN
    SELECT * INTO v_champion FROM champions c WHERE c.tenant_id = p_tenant_id AND c.product_id = p_product_id FOR UPDATE;
    SELECT m.refused_at IS NULL AND is_whole(m.artifact, m.bytes, m.sha256) INTO v_is_whole
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
CREATE OR REPLACE FUNCTION roll_back_champion(p_tenant_id text, p_product_id text, p_from_model_id uuid, p_role text, p_key_id text, p_reason text)
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
    WHERE b.model_id <> v_champion.model_id AND m.refused_at IS NULL AND is_whole(m.artifact, m.bytes, m.sha256)
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

-- A request that finds a model spoiled takes it out of service, and may bring it back; artifacts themselves it cannot name.
GRANT UPDATE (refused_at, refused_reason) ON models TO levain_tenant;

ALTER TABLE condemned_artifacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE condemned_artifacts FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON condemned_artifacts TO levain_tenant USING (tenant_id = current_setting('levain.tenant_id', true));
CREATE POLICY all_rows ON condemned_artifacts TO CURRENT_USER USING (true);
