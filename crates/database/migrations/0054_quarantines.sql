-- After a backup was restored nothing opens until somebody has looked. `ended_at` is when they let it open again.
CREATE TABLE quarantines (
    id         UUID PRIMARY KEY,
    began_at   TIMESTAMPTZ NOT NULL,
    ended_at   TIMESTAMPTZ
);
