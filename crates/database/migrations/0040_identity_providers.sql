-- OpenID Connect providers at which recipients prove a profile. The client's secret is sealed.
CREATE TABLE identity_providers (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    template        TEXT NOT NULL,
    label           TEXT NOT NULL,
    issuer          TEXT NOT NULL,
    client_id       TEXT NOT NULL,
    sealed          BYTEA NOT NULL,
    enabled         BOOLEAN NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    changed_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX identity_providers_by_age ON identity_providers (organisation_id, id);
