-- What recipients claimed goes on validating when its organisation is cancelled, unless the operator stops that, too.
ALTER TABLE organisations ADD COLUMN credentials_stopped BOOLEAN NOT NULL DEFAULT FALSE;
