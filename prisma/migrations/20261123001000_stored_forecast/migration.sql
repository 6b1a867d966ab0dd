-- A product's forecast as it was stored, with what its model's artifact must be, in one statement: this is what bakery
-- software asks for most, and each statement costs the producer more than the database.
--
-- It takes the tenants' role by itself, for this one statement, so that row-level security holds although nobody opened a
-- transaction for it.
CREATE FUNCTION stored_forecast(p_tenant_id text, p_product_id text)
RETURNS TABLE (
    model_id uuid, family text, version integer, cutoff date, trained_at timestamptz, absent_sources text[],
    sha256 text, bytes integer, schema_version integer, artifact text, refused_reason text,
    issued_at timestamptz, weather_issued_at timestamptz, days date[], levels double precision[], quantiles jsonb
)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('role', 'levain_tenant', true), set_config('levain.tenant_id', p_tenant_id, true);
    RETURN QUERY
    SELECT m.id, m.family, m.version, m.cutoff, m.trained_at, m.absent_sources,
        m.sha256, m.bytes, m.schema_version, m.artifact, m.refused_reason,
        f.issued_at, f.weather_issued_at, coalesce(f.days, '{}'), coalesce(f.levels, '{}'), coalesce(f.quantiles, 'null')
    FROM champions c
    JOIN models m ON m.tenant_id = c.tenant_id AND m.product_id = c.product_id AND m.id = c.model_id
    LEFT JOIN LATERAL (
        SELECT * FROM issued_forecasts(c.tenant_id, c.model_id) i
        ORDER BY i.is_first, i.issued_at DESC, i.weather_issued_at DESC
        LIMIT 1
    ) AS f ON true
    WHERE c.tenant_id = p_tenant_id AND c.product_id = p_product_id;
END
$$;
