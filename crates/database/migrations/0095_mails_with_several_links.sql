-- One mail may hold the links of several recipients who share an address, if their campaign says so: the tokens that it is
-- about beside its first one.
ALTER TABLE campaigns ADD COLUMN grouped BOOLEAN NOT NULL DEFAULT FALSE;
CREATE TABLE mail_tokens (
    mail_id  UUID NOT NULL REFERENCES mails (id),
    token_id UUID NOT NULL,
    PRIMARY KEY (mail_id, token_id)
) /*sqlite WITHOUT ROWID */;
CREATE INDEX campaign_recipients_by_mail ON campaign_recipients (mail_id) WHERE mail_id IS NOT NULL;
