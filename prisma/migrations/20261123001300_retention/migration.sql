-- What is kept for a while only; how long, and why that long, is told in packages/db/src/retention.ts. These indexes let
-- whoever forgets find what is old without reading what is not.
CREATE INDEX forecast_issues_issued_at_idx ON forecast_issues (issued_at);
CREATE INDEX forecast_issues_tenant_id_weather_issued_at_idx ON forecast_issues (tenant_id, weather_issued_at);
CREATE INDEX weather_ahead_issued_at_idx ON weather_ahead (issued_at);
CREATE INDEX models_trained_at_idx ON models (trained_at);
