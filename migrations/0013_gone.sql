-- Things that were gone before they were deleted; until now they were counted with those that were.
ALTER TABLE cleanups ADD COLUMN gone INTEGER NOT NULL DEFAULT 0 CHECK (gone >= 0);
