CREATE TABLE attempt (
  run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  from_step REAL NOT NULL,
  PRIMARY KEY (run, attempt)
) STRICT;

CREATE TABLE checkpoint (
  run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
  step REAL NOT NULL,
  iteration INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  bytes REAL NOT NULL,
  created_at REAL NOT NULL,
  reward REAL,
  is_last INTEGER NOT NULL,
  is_best INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (run, step)
) STRICT;

CREATE TABLE chunk (
  metric INTEGER NOT NULL REFERENCES metric (number) ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  level INTEGER NOT NULL,
  position INTEGER NOT NULL,
  count INTEGER NOT NULL,
  first_step REAL NOT NULL,
  last_step REAL NOT NULL,
  min REAL,
  max REAL,
  last REAL,
  columns BLOB NOT NULL,
  UNIQUE (metric, attempt, level, position)
) STRICT;

CREATE TABLE experiment (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  created_at REAL NOT NULL
, project TEXT NOT NULL DEFAULT 'project-first') STRICT;

CREATE TABLE ingestion (
  source TEXT PRIMARY KEY,
  journal_offset INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  metrics TEXT NOT NULL
) STRICT;

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

CREATE TABLE metric (
  number INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
  id TEXT NOT NULL,
  UNIQUE (run, id)
) STRICT;

CREATE TABLE parameters (
  run INTEGER PRIMARY KEY REFERENCES run (number) ON DELETE CASCADE,
  "values" TEXT NOT NULL
) STRICT;

CREATE TABLE project (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  created_at REAL NOT NULL
) STRICT;

CREATE TABLE run (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  experiment TEXT NOT NULL REFERENCES experiment (id),
  name TEXT NOT NULL,
  scenario TEXT NOT NULL,
  learner TEXT NOT NULL,
  preset TEXT NOT NULL,
  seed INTEGER NOT NULL,
  state TEXT NOT NULL,
  step REAL NOT NULL,
  steps REAL NOT NULL,
  iteration INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  created_at REAL NOT NULL,
  started_at REAL,
  finished_at REAL,
  wall_seconds REAL NOT NULL,
  steps_per_second REAL NOT NULL,
  reward REAL,
  kernel_build TEXT NOT NULL,
  parent TEXT,
  marks TEXT NOT NULL,
  error TEXT,
  -- The last state event of the journal as JSON {state, error?}; the shown state also follows from lock and command.
  last_state TEXT
, ordinal INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE settled (
  run INTEGER PRIMARY KEY REFERENCES run (number) ON DELETE CASCADE,
  signature TEXT NOT NULL
) STRICT;
