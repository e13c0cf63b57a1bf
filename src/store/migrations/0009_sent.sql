-- What single mails of a publication said: an answer is told from what its writer's program quoted of them.
CREATE INDEX edition_each ON edition (list_id, upto_seq) WHERE kind = 'each';
