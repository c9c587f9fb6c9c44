-- The secret that a site's proxies sent before, as long as it is still believed.
ALTER TABLE sites ADD COLUMN previous_digest BYTEA;
ALTER TABLE sites ADD COLUMN previous_until TIMESTAMPTZ;
