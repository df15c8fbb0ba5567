-- Grants made in advance for devices that may be offline when they are needed, each under a code of its own.

-- What a device was given. The newest is the one it is to have; one before stays until the device has said that it has
-- the newest, since until then it may use either.
CREATE TABLE offline_sets (
	id TEXT PRIMARY KEY,
	device TEXT NOT NULL REFERENCES devices (id),
	owner TEXT NOT NULL, -- whose the device was, and its key: for others it is void
	key TEXT NOT NULL, -- thumbprint
	made_ms BIGINT NOT NULL,
	exp_ms BIGINT NOT NULL,
	body TEXT NOT NULL, -- JSON, for the device; '' once it has it
	held_ms BIGINT -- NULL: it has not said that it has it
);
CREATE INDEX offline_sets_device ON offline_sets (device, id);
CREATE INDEX offline_sets_end ON offline_sets (exp_ms);

-- The codes of the sets that live, and those that were revealed.
CREATE TABLE offline_codes (
	grant_id TEXT PRIMARY KEY, -- of the grant that it opens
	offline_set TEXT NOT NULL,
	device TEXT NOT NULL,
	number BIGINT NOT NULL, -- the index that is read out
	code BLOB, -- sealed with the server's key; NULL once it was revealed
	instance TEXT, -- what it was revealed for; NULL: it was not
	replaced TEXT, -- the instance's grant before, which the device is not to use any more
	replaced_exp_ms BIGINT,
	revealed_ms BIGINT,
	revealed_by TEXT
);
CREATE INDEX offline_codes_set ON offline_codes (offline_set);
CREATE INDEX offline_codes_replaced ON offline_codes (device, replaced) WHERE replaced IS NOT NULL;
