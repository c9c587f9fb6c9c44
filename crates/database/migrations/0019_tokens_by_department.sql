-- Which tokens a department has: few of very many, with an index of just those. Parts are where their whole is.
CREATE INDEX tokens_by_department ON tokens (department_id, family, id) WHERE department_id IS NOT NULL AND whole_id IS NULL;
