-- Versions of a design are counted within their campaign, and say who saved them: the name as it was at that time.
ALTER TABLE designs ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE designs ADD COLUMN author TEXT NOT NULL DEFAULT '';
UPDATE designs SET version = (SELECT COUNT(*) FROM designs o WHERE o.campaign_id = designs.campaign_id AND o.id <= designs.id);
CREATE UNIQUE INDEX designs_by_version ON designs (campaign_id, version);

-- Pictures that were uploaded for designs, cleaned. They never change, and stay as long as a version uses them.
CREATE TABLE design_pictures (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    campaign_id     UUID NOT NULL REFERENCES campaigns (id),
    name            TEXT NOT NULL,
    media           TEXT NOT NULL,
    width           BIGINT NOT NULL,
    height          BIGINT NOT NULL,
    content         BYTEA NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX design_pictures_by_campaign ON design_pictures (campaign_id, id);

-- Which versions are drawn from which pictures.
CREATE TABLE design_picture_uses (
    design_id       UUID NOT NULL REFERENCES designs (id),
    picture_id      UUID NOT NULL REFERENCES design_pictures (id),
    PRIMARY KEY (design_id, picture_id)
);
CREATE INDEX design_picture_uses_by_picture ON design_picture_uses (picture_id);
