-- A start by time sends nothing to recipients whose names no font can draw: since when they are held back. Whoever planned
-- it may have said that boxes are fine.
ALTER TABLE campaign_recipients ADD COLUMN held_at TIMESTAMPTZ;
CREATE INDEX campaign_recipients_held ON campaign_recipients (campaign_id) WHERE deleted_at IS NULL AND held_at IS NOT NULL;
ALTER TABLE campaigns ADD COLUMN starts_anyway BOOLEAN NOT NULL DEFAULT FALSE;
