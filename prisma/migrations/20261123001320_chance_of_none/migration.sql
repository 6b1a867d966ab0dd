-- That a slow product sold nothing on the newest day says little; that all products of a shop did says that the till is dead.
-- Each notes how likely its own zero was, and those trained beside it, which sell less, put the chances together.
ALTER TABLE product_trainings
    ADD COLUMN none_chance double precision,
    ADD CONSTRAINT product_trainings_none_chance CHECK (none_chance > 0 AND none_chance <= 1);
