-- Sites that are guarded. An address belongs to one site of the whole installation: the gate is asked by address alone.
-- `host_key` is the address without its port, for proxies that hand over the host alone. Lists stand as text with commas.
CREATE TABLE sites (
    id               UUID PRIMARY KEY,
    organisation_id  UUID NOT NULL REFERENCES organisations (id),
    department_id    UUID,
    address          TEXT NOT NULL,
    host_key         TEXT NOT NULL,
    secret_digest    BYTEA NOT NULL,
    trusted_networks TEXT NOT NULL,
    on_refusal       TEXT NOT NULL,
    log_refusals     BOOLEAN NOT NULL,
    group_names      TEXT NOT NULL,
    token_parameter  TEXT NOT NULL,
    open_paths       TEXT NOT NULL,
    created_at       TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX sites_by_address ON sites (address);
CREATE INDEX sites_by_host ON sites (host_key);
CREATE INDEX sites_by_organisation ON sites (organisation_id, address, id);

-- What a page token opens, beside its row in `tokens`. `canonical_url` is what requests are compared with. `generation`
-- counts the secrets it had: sessions of an older one end with its grace, which `previous_until` says. A token without a
-- limit has no row for each hit; `unnumbered_hits` counts them, give or take what a crash loses.
CREATE TABLE page_tokens (
    token_id        UUID PRIMARY KEY REFERENCES tokens (id),
    organisation_id UUID NOT NULL,
    site_id         UUID NOT NULL REFERENCES sites (id),
    full_url        TEXT NOT NULL,
    canonical_url   TEXT NOT NULL,
    scope           TEXT NOT NULL,
    may_add         TEXT NOT NULL,
    any_value       TEXT NOT NULL,
    reads_only      BOOLEAN NOT NULL,
    confirm         BOOLEAN NOT NULL,
    networks        TEXT NOT NULL,
    group_names     TEXT NOT NULL,
    note            TEXT NOT NULL,
    email           TEXT NOT NULL,
    generation      BIGINT NOT NULL,
    previous_digest BYTEA,
    previous_until  TIMESTAMPTZ,
    unnumbered_hits BIGINT NOT NULL
);
CREATE INDEX page_tokens_by_site ON page_tokens (site_id, token_id);
CREATE INDEX page_tokens_by_previous ON page_tokens (previous_digest) WHERE previous_digest IS NOT NULL;
