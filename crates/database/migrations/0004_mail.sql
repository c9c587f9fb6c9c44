-- The outbox. A mail is written in the transaction that causes it. Its secret, if it has one, is sealed and
-- bound to the row, and is removed once the mail is out.
CREATE TABLE mails (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    to_address      TEXT NOT NULL,
    to_name         TEXT NOT NULL,
    template        TEXT NOT NULL,
    facts           TEXT NOT NULL,
    sealed          BYTEA,
    token_id        UUID,
    state           TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'cancelled')),
    attempts        BIGINT NOT NULL,
    due_at          TIMESTAMPTZ NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    sent_at         TIMESTAMPTZ,
    problem         TEXT
);
CREATE INDEX mails_due ON mails (due_at, id) WHERE state IN ('queued', 'sending');
CREATE INDEX mails_by_token ON mails (token_id) WHERE token_id IS NOT NULL;
