-- The list of what an organisation issued.
CREATE INDEX credentials_by_age ON credentials (organisation_id, id) WHERE deleted_at IS NULL;
