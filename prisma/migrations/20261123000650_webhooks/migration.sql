-- Webhooks: whom a tenant wants told of what, what there was to tell, and what became of telling it.
--
-- A transactional outbox: whatever is told is written by tell_webhooks, in the transaction of what it tells of. So
-- nothing is told that did not happen, and nothing that happened is left untold; Redis only moves it.
--
-- A delivery:  pending → delivered | failed, and back to pending by a person who asks for it again.
-- The generation is part of its job's id, as with product trainings: who finds the job missing raises it.

CREATE TABLE webhook_endpoints (
    tenant_id        text NOT NULL REFERENCES tenants (id),
    id               uuid NOT NULL DEFAULT gen_random_uuid(),
    url              text NOT NULL,
    kinds            text[] NOT NULL,
    -- Its secret is kept nowhere: it follows from the fleet's own, from the id and from this number.
    secret_number    integer NOT NULL DEFAULT 1,
    -- Until then the secret of the number before signs as well.
    previous_until   timestamptz(3),
    -- Deliveries that failed for good since the last one that was delivered.
    failed_in_a_row  integer NOT NULL DEFAULT 0,
    created_at       timestamptz(3) NOT NULL DEFAULT now(),
    disabled_at      timestamptz(3),
    -- gone: it answered 410. failing: too many failed in a row. deleted: by a person, for good.
    disabled_reason  text,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT webhook_endpoints_url CHECK (url ~ '^https?://' AND length(url) <= 2048),
    CONSTRAINT webhook_endpoints_kinds CHECK (cardinality(kinds) >= 1 AND kinds <@ ARRAY['run.finished', 'product.drifted', 'artifact.refused']),
    CONSTRAINT webhook_endpoints_secret_number CHECK (secret_number >= 1),
    CONSTRAINT webhook_endpoints_disabled CHECK (
        (disabled_at IS NULL) = (disabled_reason IS NULL) AND disabled_reason IN ('gone', 'failing', 'deleted')
    )
);

CREATE TABLE webhook_messages (
    tenant_id    text NOT NULL REFERENCES tenants (id),
    -- On every attempt the same: receivers know a message by it that they have had before.
    id           uuid NOT NULL DEFAULT gen_random_uuid(),
    kind         text NOT NULL,
    -- What makes it one message, however often it is told.
    dedup_key    text NOT NULL,
    data         jsonb NOT NULL,
    occurred_at  timestamptz(3) NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, kind, dedup_key),
    CONSTRAINT webhook_messages_kind CHECK (kind IN ('run.finished', 'product.drifted', 'artifact.refused', 'webhook.test')),
    CONSTRAINT webhook_messages_data CHECK (jsonb_typeof(data) = 'object')
);
CREATE INDEX webhook_messages_occurred_at_idx ON webhook_messages (occurred_at);

CREATE TABLE webhook_deliveries (
    tenant_id        text NOT NULL,
    id               uuid NOT NULL DEFAULT gen_random_uuid(),
    message_id       uuid NOT NULL,
    endpoint_id      uuid NOT NULL,
    status           text NOT NULL DEFAULT 'pending',
    generation       integer NOT NULL DEFAULT 1,
    enqueued_at      timestamptz(3),
    attempts         integer NOT NULL DEFAULT 0,
    attempted_at     timestamptz(3),
    next_attempt_at  timestamptz(3),
    -- The receiver's last answer; null where there was none.
    status_code      integer,
    failure_code     text,
    created_at       timestamptz(3) NOT NULL DEFAULT now(),
    ended_at         timestamptz(3),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (id),
    UNIQUE (tenant_id, message_id, endpoint_id),
    FOREIGN KEY (tenant_id, message_id) REFERENCES webhook_messages (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook_endpoints (tenant_id, id),
    CONSTRAINT webhook_deliveries_status CHECK (status IN ('pending', 'delivered', 'failed')),
    CONSTRAINT webhook_deliveries_counts CHECK (generation >= 1 AND attempts >= 0),
    CONSTRAINT webhook_deliveries_ended CHECK ((status = 'pending') = (ended_at IS NULL)),
    CONSTRAINT webhook_deliveries_failure CHECK (CASE status WHEN 'failed' THEN failure_code IS NOT NULL WHEN 'delivered' THEN failure_code IS NULL ELSE true END)
);
CREATE INDEX webhook_deliveries_endpoint_idx ON webhook_deliveries (tenant_id, endpoint_id, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_message_idx ON webhook_deliveries (tenant_id, message_id);
CREATE INDEX webhook_deliveries_pending_idx ON webhook_deliveries (created_at) WHERE status = 'pending';

-- Writes one message for whoever of the tenant's receivers wants this kind, in the caller's transaction. Null, and nothing
-- written, where nobody does or where the same was told before.
CREATE FUNCTION tell_webhooks(p_tenant_id text, p_kind text, p_dedup_key text, p_data jsonb)
RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
    v_message_id  uuid;
BEGIN
    PERFORM FROM webhook_endpoints e
    WHERE e.tenant_id = p_tenant_id AND e.disabled_at IS NULL AND p_kind = ANY (e.kinds);
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;

    INSERT INTO webhook_messages (tenant_id, kind, dedup_key, data)
    VALUES (p_tenant_id, p_kind, p_dedup_key, p_data)
    ON CONFLICT (tenant_id, kind, dedup_key) DO NOTHING
    RETURNING id INTO v_message_id;

    INSERT INTO webhook_deliveries (tenant_id, message_id, endpoint_id)
    SELECT e.tenant_id, v_message_id, e.id
    FROM webhook_endpoints e
    WHERE v_message_id IS NOT NULL AND e.tenant_id = p_tenant_id AND e.disabled_at IS NULL AND p_kind = ANY (e.kinds);
    RETURN v_message_id;
END
$$;

-- Stops telling an endpoint; what was still to be told fails with p_code. False for one that is disabled or unknown.
CREATE FUNCTION disable_webhook_endpoint(p_tenant_id text, p_endpoint_id uuid, p_reason text, p_code text)
RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE webhook_endpoints e SET disabled_at = now(), disabled_reason = p_reason
    WHERE e.tenant_id = p_tenant_id AND e.id = p_endpoint_id
        -- A person may delete what disabled itself before.
        AND (e.disabled_at IS NULL OR (p_reason = 'deleted' AND e.disabled_reason <> 'deleted'));
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE webhook_deliveries d SET status = 'failed', ended_at = now(), next_attempt_at = NULL, failure_code = p_code
    WHERE d.tenant_id = p_tenant_id AND d.endpoint_id = p_endpoint_id AND d.status = 'pending';
    RETURN true;
END
$$;

-- Every way in which a run ends passes here, in the very statement that ends it.
CREATE FUNCTION tell_run_finished() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tell_webhooks(NEW.tenant_id, 'run.finished', NEW.id::text, jsonb_build_object(
        'tenantId', NEW.tenant_id,
        'runId', NEW.id,
        'status', NEW.status,
        'trigger', NEW.trigger,
        'cutoff', to_char(NEW.cutoff, 'YYYY-MM-DD'),
        'acceptedAt', to_char(NEW.accepted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'finishedAt', to_char(NEW.finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'totals', jsonb_build_object(
            'products', NEW.products, 'trained', NEW.trained, 'unchanged', NEW.unchanged, 'skipped', NEW.skipped,
            'failed', NEW.failed, 'dead', NEW.dead, 'cancelled', NEW.cancelled
        ),
        'failureCode', NEW.failure_code
    ));
    RETURN NULL;
END
$$;
CREATE TRIGGER training_runs_tell_finished AFTER UPDATE ON training_runs
    FOR EACH ROW WHEN (OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL)
    EXECUTE FUNCTION tell_run_finished();

-- A request keeps its own receivers and asks for deliveries again. It deletes nothing.
GRANT SELECT, INSERT ON webhook_endpoints, webhook_messages, webhook_deliveries TO levain_tenant;
GRANT UPDATE (secret_number, previous_until, failed_in_a_row, disabled_at, disabled_reason) ON webhook_endpoints TO levain_tenant;
GRANT UPDATE (status, generation, enqueued_at, attempts, next_attempt_at, failure_code, ended_at) ON webhook_deliveries TO levain_tenant;

DO $$
DECLARE
    v_table  regclass;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['webhook_endpoints', 'webhook_messages', 'webhook_deliveries']::regclass[]
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', v_table);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', v_table);
        EXECUTE format('CREATE POLICY own_rows ON %s TO levain_tenant USING (tenant_id = current_setting(''levain.tenant_id'', true))', v_table);
        EXECUTE format('CREATE POLICY all_rows ON %s TO %I USING (true)', v_table, current_user);
    END LOOP;
END
$$;
