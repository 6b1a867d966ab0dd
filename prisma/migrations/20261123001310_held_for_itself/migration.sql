-- Whether a product's own sales contradict its champion is known once they are loaded, long before its model is committed.
-- Those trained beside it, which sell less, ask then.
ALTER TABLE product_trainings ADD COLUMN is_held boolean NOT NULL DEFAULT false;
