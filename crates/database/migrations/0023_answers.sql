-- Answers to requests of programs that named a key, kept for a day: the same request again gets the same answer.
-- `key` is a digest of the caller, the operation and the key, `request` one of what was asked for; `answer` is sealed,
-- and missing while the request runs.
CREATE TABLE answers (
    key             BYTEA PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    request         BYTEA NOT NULL,
    answer          BYTEA,
    created_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX answers_by_age ON answers (created_at);
