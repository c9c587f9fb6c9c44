-- After how many days recipients who did not claim are reminded, `3,10,30`; and when a draft starts by itself.
ALTER TABLE campaigns ADD COLUMN reminders TEXT NOT NULL DEFAULT '';
ALTER TABLE campaigns ADD COLUMN starts_at TIMESTAMPTZ;
CREATE INDEX campaigns_to_start ON campaigns (starts_at) WHERE starts_at IS NOT NULL;

-- How often a recipient was reminded, the newest mail that did so, and when the next one is due.
ALTER TABLE campaign_recipients ADD COLUMN reminded BIGINT NOT NULL DEFAULT 0;
ALTER TABLE campaign_recipients ADD COLUMN reminder_mail_id UUID;
ALTER TABLE campaign_recipients ADD COLUMN remind_at TIMESTAMPTZ;
CREATE INDEX campaign_recipients_to_remind ON campaign_recipients (remind_at) WHERE remind_at IS NOT NULL;
