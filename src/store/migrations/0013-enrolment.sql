-- Enrolling without a person at a page, machines that come back, and identities that are alive twice.

CREATE TABLE enrolment_tokens (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	hash BLOB NOT NULL UNIQUE, -- SHA-256 of the token's text
	owner TEXT NOT NULL REFERENCES people (id), -- whose the devices become
	max_uses BIGINT NOT NULL, -- 0: as many as come until it expires
	uses BIGINT NOT NULL DEFAULT 0,
	created_by TEXT NOT NULL,
	created_ms BIGINT NOT NULL,
	expires_ms BIGINT NOT NULL,
	used_ms BIGINT NOT NULL DEFAULT 0, -- last; 0: never
	revoked_ms BIGINT NOT NULL DEFAULT 0 -- 0: not
);
CREATE INDEX enrolment_tokens_live ON enrolment_tokens (expires_ms) WHERE revoked_ms = 0;
CREATE INDEX devices_enrolment_token ON devices (enrolment_token, id) WHERE enrolment_token IS NOT NULL;

-- Keys that a device had before it was installed anew on the same hardware: who still has one is another machine.
CREATE TABLE device_old_keys (
	key BLOB PRIMARY KEY,
	device TEXT NOT NULL REFERENCES devices (id),
	replaced_ms BIGINT NOT NULL
);

-- Processes that polled as a device lately. One machine never comes back to one that it had before.
CREATE TABLE device_runs (
	device TEXT NOT NULL REFERENCES devices (id),
	run TEXT NOT NULL,
	hardware TEXT NOT NULL,
	address TEXT NOT NULL,
	first_ms BIGINT NOT NULL,
	last_ms BIGINT NOT NULL, -- when it took over from another
	returns BIGINT NOT NULL DEFAULT 0, -- how often it came back after another
	clone BIGINT NOT NULL DEFAULT 0, -- 1: it is to get an entry of its own
	PRIMARY KEY (device, run)
);
