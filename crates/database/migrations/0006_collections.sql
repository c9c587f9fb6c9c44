CREATE TABLE collections (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    title           TEXT NOT NULL,
    title_key       BYTEA NOT NULL,
    summary         TEXT NOT NULL,
    colour          TEXT NOT NULL,
    emoji           TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('draft', 'published', 'archived')),
    created_at      TIMESTAMPTZ NOT NULL,
    changed_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX collections_by_title ON collections (organisation_id, title_key, id);

CREATE TABLE collection_words (
    organisation_id UUID NOT NULL,
    word            BYTEA NOT NULL,
    collection_id   UUID NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    PRIMARY KEY (organisation_id, word, collection_id)
);
CREATE INDEX collection_words_by_collection ON collection_words (collection_id);

-- Files are kept in pieces, so that one backup holds everything and no piece is large in memory.
CREATE TABLE files (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    collection_id   UUID NOT NULL REFERENCES collections (id),
    name            TEXT NOT NULL,
    media_type      TEXT NOT NULL,
    bytes           BIGINT NOT NULL,
    is_complete     BOOLEAN NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL
);
CREATE TABLE file_pieces (
    file_id UUID NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    number  BIGINT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (file_id, number)
);

CREATE TABLE items (
    id            UUID PRIMARY KEY,
    collection_id UUID NOT NULL REFERENCES collections (id),
    position      BIGINT NOT NULL,
    item_type     TEXT NOT NULL CHECK (item_type IN ('page', 'link', 'file')),
    title         TEXT NOT NULL,
    text          TEXT,
    url           TEXT,
    file_id       UUID REFERENCES files (id)
);
CREATE INDEX items_by_collection ON items (collection_id, position, id);

-- What a use gave: an enrolment in a collection. `session_id` is the session it was made in: as long as the
-- mailbox is not proven, a browser sees only what it was given itself.
CREATE TABLE grants (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    person_id       UUID NOT NULL REFERENCES people (id),
    collection_id   UUID NOT NULL REFERENCES collections (id),
    token_id        UUID NOT NULL REFERENCES tokens (id),
    use_number      BIGINT NOT NULL,
    session_id      UUID,
    created_at      TIMESTAMPTZ NOT NULL,
    UNIQUE (token_id, use_number)
);
CREATE INDEX grants_by_person ON grants (person_id, collection_id);
CREATE INDEX grants_by_collection ON grants (collection_id, person_id);

CREATE TABLE opened_items (
    person_id UUID NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    item_id   UUID NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    opened_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (person_id, item_id)
);
CREATE INDEX opened_items_by_item ON opened_items (item_id);
