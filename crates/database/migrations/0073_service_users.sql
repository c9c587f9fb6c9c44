-- A service user stands behind the API tokens of a program as a person does, and nobody signs in as one. Where people have
-- an address its row has its own id, which is no address: nothing that is typed, and nothing that is mailed, ever finds
-- it. Who answers for it is a person of the organisation; people have nobody there.
ALTER TABLE people ADD COLUMN owner_id UUID REFERENCES people (id);
CREATE INDEX people_service_users ON people (organisation_id, name_key, id) WHERE owner_id IS NOT NULL;
