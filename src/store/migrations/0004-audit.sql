-- What binds the events together, so that nobody changes them unseen (docs/audit.md).

-- The end of each server's chain, moved by the transaction that adds the event.
CREATE TABLE audit_heads (
	node TEXT PRIMARY KEY,
	sequence BIGINT NOT NULL,
	hash BLOB NOT NULL -- of the newest record
);

-- What was signed about all chains, one after another.
CREATE TABLE audit_checkpoints (
	number BIGINT PRIMARY KEY,
	time_ms BIGINT NOT NULL, -- never falls
	jws TEXT NOT NULL,
	hash BLOB NOT NULL -- SHA-256 of jws, which the next one names
);
CREATE INDEX audit_checkpoints_time ON audit_checkpoints (time_ms);

-- How far each checkpoint took a chain.
CREATE TABLE audit_bound (
	node TEXT NOT NULL,
	checkpoint BIGINT NOT NULL REFERENCES audit_checkpoints (number),
	sequence BIGINT NOT NULL,
	hash BLOB NOT NULL,
	PRIMARY KEY (node, checkpoint)
);
CREATE INDEX audit_bound_checkpoint ON audit_bound (checkpoint, node);

-- What was removed, on what ground: what the report reads. The events say the same and are the proof.
CREATE TABLE removals (
	id TEXT PRIMARY KEY, -- of the receipt that told of it first
	device TEXT NOT NULL REFERENCES devices (id),
	device_name TEXT NOT NULL, -- as of then, like the next ones
	owner TEXT NOT NULL,
	owner_name TEXT NOT NULL,
	package TEXT NOT NULL,
	at_ms BIGINT NOT NULL, -- by the device's clock
	learnt_ms BIGINT NOT NULL,
	ground TEXT NOT NULL, -- model/removal.h
	state TEXT NOT NULL CHECK (state IN ('allowed', 'removed', 'rolled-back')),
	policy_version BIGINT NOT NULL, -- in force at that time; 0: none was saved yet
	coverage TEXT NOT NULL, -- why the owner was covered, or not: the matched group
	grant_id TEXT, -- as the device names it
	instance TEXT REFERENCES instances (id),
	decided_by TEXT NOT NULL, -- whose decision the ground is; '': nobody's
	channel TEXT NOT NULL
);
CREATE INDEX removals_time ON removals (at_ms, id);
CREATE INDEX removals_ground ON removals (ground, at_ms, id);
CREATE INDEX removals_device ON removals (device, at_ms, id);
CREATE UNIQUE INDEX removals_grant ON removals (device, grant_id) WHERE grant_id IS NOT NULL;

-- How far each server's chain was brought to a receiver outside.
CREATE TABLE audit_sinks (
	sink TEXT NOT NULL, -- its address
	node TEXT NOT NULL,
	sequence BIGINT NOT NULL, -- everything up to here
	sent_ms BIGINT, -- when that was last moved
	error TEXT NOT NULL DEFAULT '', -- why it does not go on
	PRIMARY KEY (sink, node)
);
