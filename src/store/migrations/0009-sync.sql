-- Reading the organisations of identity sources: what is being read, what it found, what events ask to be read again.

-- One run of reading a whole source; a run that was cut off or failed goes on where it was.
CREATE TABLE sync_runs (
	id TEXT PRIMARY KEY,
	source TEXT NOT NULL REFERENCES identity_sources (id),
	state TEXT NOT NULL CHECK (state IN ('reading', 'checking', 'waiting', 'applying', 'done', 'refused', 'replaced')),
	chosen TEXT NOT NULL, -- the source's departments as it began, a line each
	began_ms BIGINT NOT NULL,
	resumed_ms BIGINT NOT NULL, -- when the present server took it up
	resumed_done BIGINT NOT NULL DEFAULT 0, -- departments that had been read by then
	ended_ms BIGINT,
	-- What it would take away, when it waits for somebody's word
	leaving BIGINT NOT NULL DEFAULT 0,
	leaving_of BIGINT NOT NULL DEFAULT 0, -- people
	leaving_asked BIGINT NOT NULL DEFAULT 0, -- of those who leave: asked for by themselves
	leaving_outside BIGINT NOT NULL DEFAULT 0, -- of these: DingTalk has them still
	uncovered BIGINT NOT NULL DEFAULT 0,
	uncovered_of BIGINT NOT NULL DEFAULT 0, -- covered devices
	approved BIGINT NOT NULL DEFAULT 0,
	-- People it changed, and departments
	joined BIGINT NOT NULL DEFAULT 0,
	returned BIGINT NOT NULL DEFAULT 0,
	departed BIGINT NOT NULL DEFAULT 0,
	moved BIGINT NOT NULL DEFAULT 0,
	renamed BIGINT NOT NULL DEFAULT 0,
	changed BIGINT NOT NULL DEFAULT 0,
	departments BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX sync_runs_source ON sync_runs (source, id);
CREATE INDEX sync_runs_age ON sync_runs (ended_ms);

-- The departments that a run has found. Kept until it has ended.
CREATE TABLE sync_departments (
	run TEXT NOT NULL REFERENCES sync_runs (id),
	external_id TEXT NOT NULL,
	children BIGINT NOT NULL DEFAULT 0, -- 1: those below it are known
	next BIGINT NOT NULL DEFAULT 0, -- cursor of the next page of members; -1: all were read
	unseen BIGINT NOT NULL DEFAULT 0, -- 1: it vanished while it was read
	PRIMARY KEY (run, external_id)
);

-- Whom a run has met, a row a page.
CREATE TABLE sync_seen (
	run TEXT NOT NULL REFERENCES sync_runs (id),
	department TEXT NOT NULL,
	page BIGINT NOT NULL, -- its cursor
	people BIGINT NOT NULL,
	external_ids TEXT NOT NULL, -- a line each
	PRIMARY KEY (run, department, page)
);

-- What changed, and until a run is through: what it is going to change.
CREATE TABLE sync_changes (
	id TEXT PRIMARY KEY,
	source TEXT NOT NULL REFERENCES identity_sources (id),
	run TEXT, -- NULL: an event led to it
	at_ms BIGINT NOT NULL,
	subject TEXT NOT NULL CHECK (subject IN ('person', 'department')),
	external_id TEXT NOT NULL,
	subject_id TEXT, -- our id; NULL: not here yet
	name TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('joined', 'returned', 'left', 'moved', 'renamed', 'changed')),
	state TEXT NOT NULL CHECK (state IN ('pending', 'applied', 'refused')),
	before TEXT NOT NULL, -- JSON: the members that differ
	after TEXT NOT NULL,
	body TEXT, -- JSON: all of it, as long as it is pending
	checked_ms BIGINT NOT NULL DEFAULT 0, -- when it was asked for by itself, and it was so; 0: it was not
	outside BIGINT NOT NULL DEFAULT 0, -- 1: DingTalk has it still, out of the app's scope or of what is read
	UNIQUE (run, subject, external_id)
);
CREATE INDEX sync_changes_source ON sync_changes (source, id);
CREATE INDEX sync_changes_pending ON sync_changes (run, subject, id) WHERE state = 'pending';
CREATE INDEX sync_changes_age ON sync_changes (at_ms);

-- Whom and what an event says to read again.
CREATE TABLE sync_hints (
	source TEXT NOT NULL REFERENCES identity_sources (id),
	subject TEXT NOT NULL CHECK (subject IN ('person', 'department')),
	external_id TEXT NOT NULL,
	since_ms BIGINT NOT NULL, -- of the first event
	due_ms BIGINT NOT NULL,
	tries BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (source, subject, external_id)
);
CREATE INDEX sync_hints_due ON sync_hints (due_ms);

-- Devices that were covered when an event touched their owner, since the last run that came to its end.
CREATE TABLE sync_touched (
	source TEXT NOT NULL REFERENCES identity_sources (id),
	device TEXT NOT NULL,
	at_ms BIGINT NOT NULL, -- the last time
	PRIMARY KEY (source, device)
);
