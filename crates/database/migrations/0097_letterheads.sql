-- Whom readers of mails and recipients may ask, and the logo that mails and recipients' pages begin with: a PNG that the
-- program drew itself, and how large it is shown.
ALTER TABLE mail_settings ADD COLUMN contact_email TEXT;
ALTER TABLE mail_settings ADD COLUMN contact_phone TEXT;
ALTER TABLE mail_settings ADD COLUMN contact_url TEXT;
CREATE TABLE logos (
    organisation_id UUID PRIMARY KEY REFERENCES organisations (id),
    png             BYTEA NOT NULL,
    width           BIGINT NOT NULL,
    height          BIGINT NOT NULL,
    changed_at      TIMESTAMPTZ NOT NULL
);
