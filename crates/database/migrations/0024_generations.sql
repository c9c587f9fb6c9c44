-- Moves whenever something changes that callers are made of, so that each server hears of what another has changed.
CREATE TABLE generations (
    id     BIGINT PRIMARY KEY CHECK (id = 1),
    number BIGINT NOT NULL
);
INSERT INTO generations (id, number) VALUES (1, 0);
