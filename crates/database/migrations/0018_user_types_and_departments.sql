-- User types are rows of an organisation. Permissions are keys with a space between them; NULL stands for those that a
-- built-in user type has in the version that runs, as long as nobody changed them.
CREATE TABLE user_types (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    name            TEXT NOT NULL,
    name_key        BYTEA NOT NULL,
    description     TEXT NOT NULL,
    permissions     TEXT,
    built_in        TEXT CHECK (built_in IN ('owner', 'administrator', 'member')),
    created_at      TIMESTAMPTZ NOT NULL,
    CHECK (permissions IS NOT NULL OR built_in IS NOT NULL),
    UNIQUE (organisation_id, name_key)
);
CREATE UNIQUE INDEX user_types_built_in ON user_types (organisation_id, built_in) WHERE built_in IS NOT NULL;

INSERT INTO user_types (id, organisation_id, name, name_key, description, built_in, created_at)
SELECT /*sqlite randomblob(16) *//*postgres gen_random_uuid() */, o.id, v.name, v.name_key, v.description, v.built_in, o.created_at
FROM organisations o
CROSS JOIN (
    SELECT 'Owner' AS name, /*sqlite CAST('owner' AS BLOB) *//*postgres 'owner'::BYTEA */ AS name_key, 'owner' AS built_in,
           'May do everything. Every organisation has at least one.' AS description
    UNION ALL
    SELECT 'Administrator', /*sqlite CAST('administrator' AS BLOB) *//*postgres 'administrator'::BYTEA */, 'administrator',
           'Manages collections, tokens and people, but not the organisation itself.'
    UNION ALL
    SELECT 'Member', /*sqlite CAST('member' AS BLOB) *//*postgres 'member'::BYTEA */, 'member',
           'Has what tokens opened for them and manages nothing. Whoever uses a token is one.'
) AS v;

-- Departments are a tree. `department_tree` holds, for each, itself and all that it is part of: which rows somebody may
-- see who is limited to a department is one look-up, however deep the tree is.
CREATE TABLE departments (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    parent_id       UUID REFERENCES departments (id),
    name            TEXT NOT NULL,
    name_key        BYTEA NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX departments_at_the_top ON departments (organisation_id, name_key) WHERE parent_id IS NULL;
CREATE UNIQUE INDEX departments_below ON departments (parent_id, name_key) WHERE parent_id IS NOT NULL;
CREATE INDEX departments_by_organisation ON departments (organisation_id, id);

CREATE TABLE department_tree (
    ancestor_id   UUID NOT NULL REFERENCES departments (id) ON DELETE CASCADE,
    department_id UUID NOT NULL REFERENCES departments (id) ON DELETE CASCADE,
    PRIMARY KEY (ancestor_id, department_id)
) /*sqlite WITHOUT ROWID */;
CREATE INDEX department_tree_by_department ON department_tree (department_id, ancestor_id);

-- People without a user type are members, as is everybody who comes by using a token: so a new person costs no look-up and
-- no check of a row that all of them would share. Their department is not checked either, for the same reason; a
-- department is removed only when nothing belongs to it, and `fsck` looks all the same.
DROP INDEX people_admins;
ALTER TABLE people ADD COLUMN user_type_id UUID REFERENCES user_types (id);
ALTER TABLE people ADD COLUMN department_id UUID;
UPDATE people SET user_type_id =
    (SELECT t.id FROM user_types t WHERE t.organisation_id = people.organisation_id AND t.built_in = people.user_type)
WHERE user_type <> 'member';
ALTER TABLE people DROP COLUMN user_type;
ALTER TABLE people DROP COLUMN department;
CREATE INDEX people_admins ON people (organisation_id, name_key, id) WHERE user_type_id IS NOT NULL;
CREATE INDEX people_by_user_type ON people (user_type_id) WHERE user_type_id IS NOT NULL;
CREATE INDEX people_by_department ON people (department_id, name_key, id) WHERE department_id IS NOT NULL;

ALTER TABLE invitations ADD COLUMN user_type_id UUID REFERENCES user_types (id);
ALTER TABLE invitations ADD COLUMN department_id UUID REFERENCES departments (id);
UPDATE invitations SET user_type_id =
    (SELECT t.id FROM user_types t WHERE t.organisation_id = invitations.organisation_id AND t.built_in = invitations.user_type);
ALTER TABLE invitations DROP COLUMN user_type;
CREATE INDEX invitations_by_user_type ON invitations (user_type_id) WHERE accepted_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX invitations_by_department ON invitations (department_id) WHERE department_id IS NOT NULL;

ALTER TABLE collections ADD COLUMN department_id UUID REFERENCES departments (id);
CREATE INDEX collections_by_department ON collections (department_id, title_key, id) WHERE department_id IS NOT NULL;
