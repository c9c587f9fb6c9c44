-- Mail by SMTP: which order, by which address it comes back, what became of it, where it is sent from, and whom not to
-- remind. A mail that came back is one that was sent: `bounced_at` says so, beside the state.
ALTER TABLE mails ADD COLUMN class BIGINT NOT NULL DEFAULT 0;
ALTER TABLE mails ADD COLUMN language TEXT NOT NULL DEFAULT 'en';
ALTER TABLE mails ADD COLUMN department_id UUID;
ALTER TABLE mails ADD COLUMN return_key BYTEA;
ALTER TABLE mails ADD COLUMN repeats_id UUID;
ALTER TABLE mails ADD COLUMN template_id UUID;
ALTER TABLE mails ADD COLUMN subject TEXT;
ALTER TABLE mails ADD COLUMN bounced_at TIMESTAMPTZ;

DROP INDEX mails_due;
CREATE INDEX mails_due ON mails (organisation_id, class, due_at, id) WHERE state IN ('queued', 'sending');
CREATE INDEX mails_by_age ON mails (organisation_id, id);
CREATE INDEX mails_by_state ON mails (organisation_id, state, id);
CREATE INDEX mails_by_address ON mails (organisation_id, to_address, sent_at);
CREATE UNIQUE INDEX mails_by_return_key ON mails (return_key) WHERE return_key IS NOT NULL;

-- What a mail is searched by: its address, and the words of address and name.
CREATE TABLE mail_words (
    organisation_id UUID NOT NULL,
    word            BYTEA NOT NULL,
    mail_id         UUID NOT NULL,
    PRIMARY KEY (organisation_id, word, mail_id)
) /*sqlite WITHOUT ROWID */;
/*sqlite INSERT INTO mail_words (organisation_id, word, mail_id)
    SELECT organisation_id, CAST(to_address AS BLOB), id FROM mails; */
/*postgres INSERT INTO mail_words (organisation_id, word, mail_id)
    SELECT organisation_id, convert_to(to_address, 'UTF8'), id FROM mails; */

-- What became of each try, in the words of the mail server.
CREATE TABLE mail_events (
    mail_id UUID NOT NULL REFERENCES mails (id),
    id      UUID NOT NULL,
    at      TIMESTAMPTZ NOT NULL,
    event   TEXT NOT NULL,
    words   TEXT NOT NULL,
    PRIMARY KEY (mail_id, id)
) /*sqlite WITHOUT ROWID */;

-- How an organisation sends. Without a host, by the installation's own server.
CREATE TABLE mail_settings (
    organisation_id UUID PRIMARY KEY REFERENCES organisations (id),
    host            TEXT,
    port            BIGINT,
    security        TEXT CHECK (security IN ('tls', 'starttls', 'none')),
    username        TEXT,
    sealed          BYTEA,
    from_address    TEXT,
    reply_to        TEXT,
    colour          TEXT,
    language        TEXT,
    per_hour        BIGINT NOT NULL,
    changed_at      TIMESTAMPTZ NOT NULL
);

-- When an organisation's next mail may go out, as its pace allows.
CREATE TABLE mail_paces (
    organisation_id UUID PRIMARY KEY REFERENCES organisations (id),
    next_at         TIMESTAMPTZ NOT NULL
);

-- Mailboxes that are not reminded: they do not exist, or their owner does not want it.
CREATE TABLE mail_stops (
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    address         TEXT NOT NULL,
    reason          TEXT NOT NULL CHECK (reason IN ('bounced', 'unsubscribed')),
    at              TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organisation_id, address, reason)
) /*sqlite WITHOUT ROWID */;
