import type { Migration } from "./index.ts";

export const desk: Migration = {
  version: 2,
  name: "desk",
  sql: `
CREATE TABLE project (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  created_at REAL NOT NULL
) STRICT;

-- There is always this one; its id is FIRST_PROJECT of the contract.
INSERT INTO project (id, name, created_at) VALUES ('project-first', 'First project', 0);

ALTER TABLE experiment ADD COLUMN project TEXT NOT NULL DEFAULT 'project-first';

-- The run's number among all runs, from 0: it decides the run's colour. Runs from before get theirs as they were made.
ALTER TABLE run ADD COLUMN ordinal INTEGER NOT NULL DEFAULT 0;
UPDATE run SET ordinal = placed.ordinal
FROM (SELECT number, row_number() OVER (ORDER BY created_at, number) - 1 AS ordinal FROM run) AS placed
WHERE placed.number = run.number;

-- What a person said of a project, experiment, run or checkpoint, as the project's journal tells it: beside the tables of
-- these things, which follow the run folders, so that neither side overwrites the other. No reference, because the journal
-- may speak of what has no folder any more.
CREATE TABLE item (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  -- The given name; NULL for the one it has by itself.
  name TEXT,
  -- Where it was moved to; NULL for where it was made.
  parent TEXT,
  -- JSON array.
  tags TEXT NOT NULL,
  notes TEXT NOT NULL,
  archived INTEGER NOT NULL,
  trashed_at REAL,
  pinned INTEGER NOT NULL,
  -- 0 = there, 1 = being removed for good, 2 = removed for good.
  removed INTEGER NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- Every parameter of a run as one JSON object; apart from the run, whose row is written anew with its points.
CREATE TABLE parameters (
  run INTEGER PRIMARY KEY REFERENCES run (number) ON DELETE CASCADE,
  "values" TEXT NOT NULL
) STRICT;

-- Sizes and times of the files of a run's folder that was read to its end and is over: while they are the same, the
-- folder need not be read again.
CREATE TABLE settled (
  run INTEGER PRIMARY KEY REFERENCES run (number) ON DELETE CASCADE,
  signature TEXT NOT NULL
) STRICT;
`,
};
