-- The words of one mail, for a search whose words are in many.
CREATE INDEX mail_words_by_mail ON mail_words (mail_id, word);

-- Texts of mails that an organisation wrote itself. A text that was saved stays as it is, so that what was sent with it
-- can be shown; the newest of a template and language counts, and one without texts stands for the built-in ones.
CREATE TABLE mail_templates (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    template        TEXT NOT NULL,
    language        TEXT NOT NULL,
    subject         TEXT,
    html            TEXT,
    text            TEXT,
    author_id       UUID,
    saved_at        TIMESTAMPTZ NOT NULL
);
CREATE INDEX mail_templates_newest ON mail_templates (organisation_id, template, language, id);
