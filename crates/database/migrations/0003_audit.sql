-- What happened, written in the transaction that made it happen. Never changed, never removed.
CREATE TABLE audit (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL,
    at              TIMESTAMPTZ NOT NULL,
    actor_id        UUID,
    actor           TEXT NOT NULL,
    event           TEXT NOT NULL,
    token_id        UUID,
    code_id         UUID,
    collection_id   UUID,
    person_id       UUID,
    facts           TEXT NOT NULL,
    address         TEXT
);
CREATE INDEX audit_by_token ON audit (token_id, id) WHERE token_id IS NOT NULL;
CREATE INDEX audit_by_code ON audit (code_id, id) WHERE code_id IS NOT NULL;
CREATE INDEX audit_by_person ON audit (person_id, id) WHERE person_id IS NOT NULL;
