-- Who there is, what the policy is, which devices there are, and what the server needs for itself.
-- Times are UTC milliseconds; ids are made by the program.

CREATE TABLE settings (
	name TEXT PRIMARY KEY,
	value TEXT NOT NULL
);

CREATE TABLE signing_keys (
	kid TEXT PRIMARY KEY,
	use TEXT NOT NULL CHECK (use IN ('root', 'epoch')),
	epoch BIGINT NOT NULL UNIQUE, -- 0: the root
	public BLOB NOT NULL,
	secret BLOB, -- sealed seed; NULL once it is kept elsewhere
	nbf_ms BIGINT NOT NULL,
	exp_ms BIGINT NOT NULL
);

CREATE TABLE key_lists (
	epoch BIGINT PRIMARY KEY,
	jws TEXT NOT NULL,
	created_ms BIGINT NOT NULL
);

CREATE TABLE idempotency (
	caller TEXT NOT NULL,
	key TEXT NOT NULL,
	request BLOB NOT NULL, -- SHA-256 of method, path and body
	status BIGINT NOT NULL,
	type TEXT NOT NULL,
	location TEXT,
	etag TEXT,
	body BLOB NOT NULL,
	created_ms BIGINT NOT NULL,
	PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_age ON idempotency (created_ms);

-- The audit record. Never changed and never removed: each row's hash stands in the record after it.
CREATE TABLE events (
	id TEXT PRIMARY KEY,
	node TEXT NOT NULL, -- whose chain: a server's data folder
	sequence BIGINT NOT NULL, -- from 1, without gaps
	at_ms BIGINT NOT NULL,
	kind TEXT NOT NULL,
	actor_kind TEXT NOT NULL,
	actor_id TEXT,
	actor TEXT NOT NULL,
	object TEXT,
	object_id TEXT,
	device TEXT,
	instance TEXT,
	text TEXT NOT NULL,
	record TEXT NOT NULL, -- JSON: what was hashed, byte for byte; the columns above are read from it
	hash BLOB NOT NULL, -- SHA-256 of record
	UNIQUE (node, sequence)
);
CREATE INDEX events_time ON events (at_ms, id);
CREATE INDEX events_kind ON events (kind, at_ms, id);
CREATE INDEX events_actor ON events (actor_id, at_ms, id) WHERE actor_id IS NOT NULL;
CREATE INDEX events_object ON events (object_id, at_ms, id) WHERE object_id IS NOT NULL;
CREATE INDEX events_device ON events (device, at_ms, id) WHERE device IS NOT NULL;
CREATE INDEX events_instance ON events (instance, at_ms, id) WHERE instance IS NOT NULL;

-- Where people come from: a DingTalk app's organisation, or Holdfast itself.
CREATE TABLE identity_sources (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	type TEXT NOT NULL CHECK (type IN ('dingtalk', 'local')),
	app TEXT UNIQUE, -- the DingTalk app; NULL: local
	enabled BIGINT NOT NULL, -- its people may sign in
	cycle_hours BIGINT, -- between two walks of the organisation; NULL: local
	sync_state TEXT NOT NULL DEFAULT 'never' CHECK (sync_state IN ('never', 'running', 'waiting', 'done', 'failed', 'refused')),
	sync_error TEXT NOT NULL DEFAULT '',
	sync_finding TEXT NOT NULL DEFAULT '', -- why it failed, as a connection test says it; '': no such words
	sync_subject TEXT NOT NULL DEFAULT '',
	sync_detail TEXT NOT NULL DEFAULT '',
	sync_failures BIGINT NOT NULL DEFAULT 0, -- in a row
	sync_done_ms BIGINT, -- when a run last came to its end
	sync_wanted BIGINT NOT NULL DEFAULT 0, -- somebody asked for a walk that has not begun
	sync_due_ms BIGINT, -- the next one by the cycle, or the next try
	sync_lease_ms BIGINT NOT NULL DEFAULT 0, -- until then it is the reader's own
	sync_lease TEXT NOT NULL DEFAULT '', -- the reader's: a new id each time that it is taken
	sync_node TEXT NOT NULL DEFAULT '', -- whose reader
	sync_started_ms BIGINT,
	sync_ended_ms BIGINT,
	sync_people BIGINT NOT NULL DEFAULT 0,
	sync_departments BIGINT NOT NULL DEFAULT 0,
	version BIGINT NOT NULL DEFAULT 1, -- counts what administrators changed
	created_ms BIGINT NOT NULL
);

-- With everything below them, what is read of the source. No row: all that the app may see.
CREATE TABLE source_departments (
	source TEXT NOT NULL REFERENCES identity_sources (id),
	external_id TEXT NOT NULL,
	PRIMARY KEY (source, external_id)
);

CREATE TABLE departments (
	id TEXT PRIMARY KEY,
	source TEXT NOT NULL REFERENCES identity_sources (id),
	external_id TEXT NOT NULL, -- the source's own: DingTalk's dept_id
	parent TEXT REFERENCES departments (id),
	name TEXT NOT NULL,
	gone BIGINT NOT NULL DEFAULT 0, -- no longer in its source; what names it stays
	seen_ms BIGINT NOT NULL,
	UNIQUE (source, external_id)
);

CREATE TABLE people (
	id TEXT PRIMARY KEY,
	source TEXT NOT NULL REFERENCES identity_sources (id),
	external_id TEXT NOT NULL, -- the source's own: DingTalk's userid
	union_id TEXT,
	name TEXT NOT NULL,
	title TEXT NOT NULL,
	email TEXT NOT NULL,
	telephone TEXT NOT NULL,
	departed BIGINT NOT NULL DEFAULT 0,
	seen_ms BIGINT NOT NULL,
	UNIQUE (source, external_id)
);

CREATE TABLE memberships (
	person TEXT NOT NULL REFERENCES people (id),
	department TEXT NOT NULL REFERENCES departments (id),
	position BIGINT NOT NULL, -- DingTalk's order; 0 is the main department
	PRIMARY KEY (person, department)
);
CREATE INDEX memberships_department ON memberships (department, person);

CREATE TABLE user_groups (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	description TEXT NOT NULL,
	rules TEXT NOT NULL, -- a rule a line: subject, relation, value
	created_ms BIGINT NOT NULL,
	updated_ms BIGINT NOT NULL
);

CREATE TABLE policies (
	version BIGINT PRIMARY KEY,
	body TEXT NOT NULL, -- JSON
	created_ms BIGINT NOT NULL,
	created_by TEXT NOT NULL,
	changed TEXT NOT NULL, -- paths of the fields that differ from the version before, spaces between
	names TEXT NOT NULL, -- JSON: what the ids of groups and workflows stood for then
	confirmed_by TEXT NOT NULL, -- the second person; '': nobody had to
	restored_from BIGINT NOT NULL -- the version that it repeats; 0: none
);

CREATE TABLE devices (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	os TEXT NOT NULL,
	macs TEXT NOT NULL, -- separated by commas
	client_version TEXT NOT NULL,
	owner TEXT NOT NULL REFERENCES people (id),
	state TEXT NOT NULL, -- active, or why it is not: lost, unbound, uninstalled, … deleted: only what names it is left
	key BLOB NOT NULL, -- Ed25519 public key
	enrolled_ms BIGINT NOT NULL,
	last_seen_ms BIGINT NOT NULL,
	left_ms BIGINT NOT NULL DEFAULT 0, -- when its connection was seen to end; before last_seen_ms: it is back
	long_offline BIGINT NOT NULL DEFAULT 0, -- the record says so already
	version BIGINT NOT NULL DEFAULT 1, -- counts changes of state and owner
	held_counter BIGINT NOT NULL DEFAULT 0, -- of the statement that it said to have
	held_basis TEXT NOT NULL DEFAULT '', -- and a hash of what that says
	statement_counter BIGINT NOT NULL DEFAULT 0, -- the highest known of a statement that was made for it
	held_for TEXT REFERENCES people (id), -- whose coverage counts in place of the owner's
	held_ms BIGINT NOT NULL DEFAULT 0, -- since when
	held_refused_ms BIGINT NOT NULL DEFAULT 0, -- when an administrator said that it stays so; 0: asked
	session_end TEXT NOT NULL DEFAULT '', -- why its person is not signed in any more; '': signed in
	session_ended_ms BIGINT NOT NULL DEFAULT 0,
	hardware TEXT NOT NULL DEFAULT '', -- what the machine is recognised by, hashed; '': not known
	enrolment_token TEXT, -- by which it was enrolled last, if by one
	run TEXT NOT NULL DEFAULT '', -- the process of it that polled last; '': it does not say
	cloned_ms BIGINT NOT NULL DEFAULT 0, -- when its identity was seen on two machines; 0: it was not
	clone_of TEXT REFERENCES devices (id) -- whose identity it had before
);
CREATE INDEX devices_owner ON devices (owner, id);
CREATE UNIQUE INDEX devices_key ON devices (key) WHERE state <> 'deleted';
CREATE INDEX devices_hardware ON devices (hardware, owner) WHERE hardware <> '';
CREATE INDEX devices_held ON devices (id) WHERE held_for IS NOT NULL;
CREATE INDEX devices_cloned ON devices (id) WHERE cloned_ms > 0;
CREATE INDEX devices_clone_of ON devices (clone_of) WHERE clone_of IS NOT NULL;

CREATE TABLE enrolments (
	id TEXT PRIMARY KEY,
	device_code BLOB NOT NULL UNIQUE, -- SHA-256
	user_code TEXT NOT NULL UNIQUE,
	state TEXT NOT NULL CHECK (state IN ('pending', 'allowed', 'denied', 'used')),
	key BLOB NOT NULL,
	hostname TEXT NOT NULL,
	os TEXT NOT NULL,
	macs TEXT NOT NULL,
	client_version TEXT NOT NULL,
	address TEXT NOT NULL,
	created_ms BIGINT NOT NULL,
	expires_ms BIGINT NOT NULL,
	interval_ms BIGINT NOT NULL,
	polled_ms BIGINT NOT NULL,
	person TEXT REFERENCES people (id),
	device TEXT REFERENCES devices (id),
	hardware TEXT NOT NULL, -- as in devices
	switching BIGINT NOT NULL, -- 1: whoever signs in takes the device over
	token TEXT, -- of enrolment_tokens: asked for with it, and allowed by that
	subscriber TEXT NOT NULL -- whose the address is: one IPv4 address, or a /64
);
CREATE INDEX enrolments_age ON enrolments (expires_ms);
CREATE INDEX enrolments_open ON enrolments (expires_ms, subscriber) WHERE state IN ('pending', 'allowed');

CREATE TABLE signins (
	state BLOB PRIMARY KEY, -- SHA-256 of the state parameter, or of its like in the form that asks for a code
	browser BLOB NOT NULL, -- SHA-256 of the cookie
	source TEXT NOT NULL,
	account BIGINT NOT NULL, -- as the person's account, not as an employee
	person TEXT, -- for whom the source vouched: a code is still missing
	next TEXT NOT NULL,
	subscriber TEXT NOT NULL, -- who asked: one IPv4 address, or a /64
	expires_ms BIGINT NOT NULL
);
CREATE INDEX signins_age ON signins (expires_ms, subscriber);

CREATE TABLE receipts (
	id TEXT PRIMARY KEY,
	device TEXT NOT NULL REFERENCES devices (id),
	kind TEXT NOT NULL,
	grant_id TEXT,
	package TEXT NOT NULL,
	at_ms BIGINT NOT NULL, -- by the device's clock
	boot TEXT NOT NULL,
	text TEXT NOT NULL,
	received_ms BIGINT NOT NULL
);
CREATE INDEX receipts_device ON receipts (device, id);
