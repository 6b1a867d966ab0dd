-- Levain's memory. Every foreign key carries tenant_id, so that a row of one tenant cannot point at a row of another;
-- words that only take certain values are checked here, because a process of yesterday's version may still be writing.

CREATE TABLE tenants (
    id          text PRIMARY KEY,
    settings    jsonb NOT NULL,
    -- Raised whenever a run starts or is stopped; a writer with an older number is late.
    fence       bigint NOT NULL DEFAULT 0,
    created_at  timestamptz(3) NOT NULL DEFAULT now(),
    updated_at  timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT tenants_id CHECK (id ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    CONSTRAINT tenants_settings CHECK (jsonb_typeof(settings) = 'object'),
    CONSTRAINT tenants_fence CHECK (fence >= 0)
);

CREATE TABLE api_keys (
    id          text PRIMARY KEY,
    role        text NOT NULL,
    tenant_id   text REFERENCES tenants (id),
    label       text NOT NULL,
    -- SHA-256 of the whole presented key, which is kept nowhere.
    digest      bytea NOT NULL,
    created_at  timestamptz(3) NOT NULL DEFAULT now(),
    expires_at  timestamptz(3),
    revoked_at  timestamptz(3),
    CONSTRAINT api_keys_role CHECK (role IN ('tenant', 'operator')),
    CONSTRAINT api_keys_tenant CHECK ((role = 'tenant') = (tenant_id IS NOT NULL)),
    CONSTRAINT api_keys_digest CHECK (octet_length(digest) = 32)
);
CREATE INDEX api_keys_tenant_id_idx ON api_keys (tenant_id);

CREATE TABLE products (
    tenant_id               text NOT NULL REFERENCES tenants (id),
    id                      text NOT NULL,
    name                    text NOT NULL,
    is_discontinued         boolean NOT NULL,
    has_own_events          boolean NOT NULL,
    -- Mean median of the newest forecast: who sells most is trained first.
    expected_units_per_day  double precision,
    created_at              timestamptz(3) NOT NULL DEFAULT now(),
    updated_at              timestamptz(3) NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE training_runs (
    id                     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id              text NOT NULL REFERENCES tenants (id),
    status                 text NOT NULL DEFAULT 'accepted',
    trigger                text NOT NULL,
    cutoff                 date NOT NULL,
    -- Empty: all products.
    requested_product_ids  text[] NOT NULL DEFAULT '{}',
    idempotency_key        text,
    request_digest         text,
    request_id             text,
    deadline_at            timestamptz(3) NOT NULL,
    fence                  bigint,
    generation             integer NOT NULL DEFAULT 1,
    accepted_at            timestamptz(3) NOT NULL DEFAULT now(),
    enqueued_at            timestamptz(3),
    started_at             timestamptz(3),
    finished_at            timestamptz(3),
    products               integer NOT NULL DEFAULT 0,
    products_open          integer NOT NULL DEFAULT 0,
    trained                integer NOT NULL DEFAULT 0,
    skipped                integer NOT NULL DEFAULT 0,
    failed                 integer NOT NULL DEFAULT 0,
    cancelled              integer NOT NULL DEFAULT 0,
    absent_sources         text[] NOT NULL DEFAULT '{}',
    findings               jsonb NOT NULL DEFAULT '[]',
    failure_code           text,
    failure_message        text,
    CONSTRAINT training_runs_status CHECK (status IN ('accepted', 'running', 'finished', 'cancelled', 'failed')),
    CONSTRAINT training_runs_trigger CHECK (trigger IN ('request', 'nightly')),
    CONSTRAINT training_runs_generation CHECK (generation >= 1),
    CONSTRAINT training_runs_request CHECK ((idempotency_key IS NULL) OR (request_digest IS NOT NULL)),
    CONSTRAINT training_runs_fenced CHECK (status NOT IN ('running', 'finished') OR (fence IS NOT NULL AND started_at IS NOT NULL)),
    CONSTRAINT training_runs_ended CHECK ((status IN ('finished', 'cancelled', 'failed')) = (finished_at IS NOT NULL)),
    CONSTRAINT training_runs_failure CHECK ((status = 'failed') = (failure_code IS NOT NULL)),
    -- Every product is either open or counted in exactly one of the four ends, and a run with open products has not ended.
    CONSTRAINT training_runs_counts CHECK (
        least(products_open, trained, skipped, failed, cancelled) >= 0
        AND products = products_open + trained + skipped + failed + cancelled
    ),
    CONSTRAINT training_runs_open CHECK ((status = 'running') = (products_open > 0)),
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, idempotency_key)
);
-- The guarantee behind the lease: however many ask at once, one run per tenant is open.
CREATE UNIQUE INDEX one_open_run ON training_runs (tenant_id) WHERE status IN ('accepted', 'running');
CREATE INDEX training_runs_tenant_id_accepted_at_id_idx ON training_runs (tenant_id, accepted_at DESC, id DESC);

CREATE TABLE run_contexts (
    tenant_id  text NOT NULL,
    run_id     uuid NOT NULL,
    context    jsonb NOT NULL,
    PRIMARY KEY (tenant_id, run_id),
    FOREIGN KEY (tenant_id, run_id) REFERENCES training_runs (tenant_id, id)
);

CREATE TABLE product_trainings (
    tenant_id        text NOT NULL,
    run_id           uuid NOT NULL,
    product_id       text NOT NULL,
    -- 1 is trained first.
    rank             integer NOT NULL,
    status           text NOT NULL DEFAULT 'queued',
    -- Raised by every claim; a writer with an older number is late.
    attempt          integer NOT NULL DEFAULT 0,
    -- Claims that found the training running: the worker before had vanished.
    lost_claims      integer NOT NULL DEFAULT 0,
    generation       integer NOT NULL DEFAULT 1,
    enqueued_at      timestamptz(3),
    claimed_by       text,
    claimed_at       timestamptz(3),
    started_at       timestamptz(3),
    finished_at      timestamptz(3),
    skip_reason      text,
    failure_code     text,
    failure_message  text,
    report           jsonb,
    ended_run        boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, run_id, product_id),
    UNIQUE (run_id, rank),
    FOREIGN KEY (tenant_id, run_id) REFERENCES training_runs (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id),
    CONSTRAINT product_trainings_status CHECK (status IN ('queued', 'running', 'deferred', 'trained', 'skipped', 'failed', 'cancelled')),
    CONSTRAINT product_trainings_rank CHECK (rank >= 1),
    CONSTRAINT product_trainings_generation CHECK (generation >= 1),
    CONSTRAINT product_trainings_claimed CHECK (status NOT IN ('running', 'deferred', 'trained', 'skipped') OR (attempt >= 1 AND claimed_at IS NOT NULL)),
    CONSTRAINT product_trainings_ended CHECK ((status IN ('trained', 'skipped', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
    CONSTRAINT product_trainings_skipped CHECK ((status = 'skipped') = (skip_reason IS NOT NULL)),
    CONSTRAINT product_trainings_failure CHECK (
        CASE WHEN status IN ('failed', 'deferred') THEN failure_code IS NOT NULL ELSE failure_code IS NULL END
        AND (failure_code IS NULL) = (failure_message IS NULL)
    )
);
CREATE INDEX product_trainings_tenant_id_product_id_idx ON product_trainings (tenant_id, product_id);

CREATE TABLE models (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id        text NOT NULL,
    product_id       text NOT NULL,
    run_id           uuid NOT NULL,
    version          integer NOT NULL,
    demand_class     text NOT NULL,
    family           text NOT NULL,
    spec             jsonb NOT NULL,
    -- The fitted model as JSON text. sha256 and bytes are those of its UTF-8 form, computed before it was sent here.
    artifact         text NOT NULL,
    sha256           text NOT NULL,
    bytes            integer NOT NULL,
    schema_version   integer NOT NULL,
    cutoff           date NOT NULL,
    trained_at       timestamptz(3) NOT NULL DEFAULT now(),
    score            jsonb NOT NULL,
    naive_score      jsonb NOT NULL,
    trials           integer NOT NULL,
    fit_ms           double precision NOT NULL,
    absent_sources   text[] NOT NULL,
    became_champion  boolean NOT NULL,
    decision         text NOT NULL,
    UNIQUE (tenant_id, run_id, product_id),
    UNIQUE (tenant_id, product_id, version),
    UNIQUE (tenant_id, product_id, id),
    FOREIGN KEY (tenant_id, run_id, product_id) REFERENCES product_trainings (tenant_id, run_id, product_id),
    CONSTRAINT models_version CHECK (version >= 1),
    CONSTRAINT models_demand_class CHECK (demand_class IN ('high', 'medium', 'low', 'intermittent')),
    CONSTRAINT models_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT models_bytes CHECK (bytes > 0)
);

CREATE TABLE champions (
    tenant_id   text NOT NULL,
    product_id  text NOT NULL,
    model_id    uuid NOT NULL,
    -- The fence of the run that placed it: an older run cannot take the place.
    run_fence   bigint NOT NULL,
    since       timestamptz(3) NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, product_id),
    UNIQUE (tenant_id, product_id, model_id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id, model_id) REFERENCES models (tenant_id, product_id, id)
);

CREATE TABLE forecasts (
    model_id    uuid PRIMARY KEY,
    tenant_id   text NOT NULL,
    product_id  text NOT NULL,
    days        date[] NOT NULL,
    levels      double precision[] NOT NULL,
    -- quantiles[i][j]: quantile levels[i] on days[j].
    quantiles   jsonb NOT NULL,
    UNIQUE (tenant_id, product_id, model_id),
    FOREIGN KEY (tenant_id, product_id, model_id) REFERENCES models (tenant_id, product_id, id),
    CONSTRAINT forecasts_shape CHECK (
        jsonb_array_length(quantiles) = cardinality(levels)
        AND (cardinality(levels) = 0 OR jsonb_array_length(quantiles -> 0) = cardinality(days))
    )
);

-- One nightly run per tenant and local date, however often the clock ticks.
CREATE TABLE nightly_ledger (
    tenant_id   text NOT NULL,
    night       date NOT NULL,
    run_id      uuid NOT NULL,
    created_at  timestamptz(3) NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, night),
    UNIQUE (tenant_id, run_id),
    FOREIGN KEY (tenant_id, run_id) REFERENCES training_runs (tenant_id, id)
);
