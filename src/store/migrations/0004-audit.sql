-- What binds the events together, so that nobody changes them unseen (docs/audit.md).

-- The end of each server's chain, moved by the transaction that adds the event.
CREATE TABLE audit_heads (
	node TEXT PRIMARY KEY,
	sequence BIGINT NOT NULL,
	hash BLOB NOT NULL -- of the newest record
);
