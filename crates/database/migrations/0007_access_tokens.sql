-- What a single or multi token opens.
CREATE TABLE access_tokens (
    token_id        UUID PRIMARY KEY REFERENCES tokens (id),
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    collection_id   UUID NOT NULL REFERENCES collections (id)
);
CREATE INDEX access_tokens_by_collection ON access_tokens (collection_id, token_id);

-- Whom a code is assigned to. A row appears with the first assignment.
CREATE TABLE assignments (
    code_id         UUID PRIMARY KEY REFERENCES tokens (id),
    whole_id        UUID NOT NULL REFERENCES tokens (id),
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    email           TEXT NOT NULL,
    email_key       BYTEA NOT NULL,
    assigned_at     TIMESTAMPTZ NOT NULL,
    mail_id         UUID REFERENCES mails (id)
);
CREATE INDEX assignments_by_email ON assignments (organisation_id, email_key);
CREATE INDEX assignments_by_whole ON assignments (whole_id, email_key);
