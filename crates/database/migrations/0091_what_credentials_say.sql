-- What an achievement is in the vocabulary of Open Badges, and the languages of a campaign, the one of its texts first:
-- `de,en`; blank: nobody said so.
ALTER TABLE campaigns ADD COLUMN achievement_type TEXT NOT NULL DEFAULT 'Certificate';
UPDATE campaigns SET achievement_type = 'Badge' WHERE kind = 'badge';
ALTER TABLE campaigns ADD COLUMN languages TEXT NOT NULL DEFAULT '';

-- What credentials say of their issuer beside its name.
CREATE TABLE issuer_profiles (
    organisation_id UUID PRIMARY KEY REFERENCES organisations (id),
    url             TEXT NOT NULL,
    description     TEXT NOT NULL,
    email           TEXT NOT NULL,
    phone           TEXT NOT NULL,
    image           TEXT NOT NULL
);
