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
