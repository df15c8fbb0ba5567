-- What somebody should look at, and which builds of the client are ours.

ALTER TABLE devices ADD COLUMN build TEXT NOT NULL DEFAULT ''; -- SHA-256 of its client's manifest; '': it does not say
ALTER TABLE devices ADD COLUMN boot TEXT NOT NULL DEFAULT ''; -- of the machine, as it says
ALTER TABLE devices ADD COLUMN going_ms BIGINT NOT NULL DEFAULT 0; -- when it last said that it goes away
ALTER TABLE devices ADD COLUMN silent_ms BIGINT NOT NULL DEFAULT 0; -- last_seen_ms when it counted as silent; 0: it does not
ALTER TABLE devices ADD COLUMN silent_many BIGINT NOT NULL DEFAULT 0; -- and it did so with many others
-- What was silent before anybody looked is no news.
UPDATE devices SET silent_ms = last_seen_ms;
CREATE INDEX devices_silent ON devices (id) WHERE silent_ms > 0;
CREATE INDEX devices_build ON devices (build) WHERE build <> '';

CREATE TABLE alarms (
	id TEXT PRIMARY KEY,
	device TEXT NOT NULL, -- id; '': the organisation's
	kind TEXT NOT NULL CHECK (kind IN ('removed-without-grant', 'silent', 'many-silent', 'weakened', 'unknown-build')),
	subject TEXT NOT NULL, -- the package, the finding or the build that it is about; '': the kind says all
	evidence TEXT NOT NULL, -- the newest
	first_ms BIGINT NOT NULL,
	last_ms BIGINT NOT NULL,
	count BIGINT NOT NULL, -- how often it was raised
	acknowledged_ms BIGINT, -- NULL: nobody did
	acknowledged_by TEXT NOT NULL DEFAULT '',
	note TEXT NOT NULL DEFAULT '',
	closed_ms BIGINT, -- NULL: it is open
	closed_why TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX alarms_open ON alarms (device, kind, subject) WHERE closed_ms IS NULL;
CREATE INDEX alarms_device ON alarms (device, id);
CREATE INDEX alarms_kind ON alarms (kind, id);

-- Builds of the client that devices had, or that were accepted before any had them.
CREATE TABLE builds (
	id TEXT PRIMARY KEY, -- SHA-256 of the manifest, lower-case hexadecimal
	version TEXT NOT NULL,
	first_ms BIGINT, -- when a device first had it; NULL: none did
	first_device TEXT NOT NULL DEFAULT '',
	accepted_ms BIGINT, -- NULL: it is not
	accepted_by TEXT NOT NULL DEFAULT '', -- in a reader's words; '': it was the first ever
	note TEXT NOT NULL DEFAULT ''
);

-- When no server was there to be heard: no silence of a device.
CREATE TABLE outages (
	from_ms BIGINT PRIMARY KEY,
	to_ms BIGINT NOT NULL
);
