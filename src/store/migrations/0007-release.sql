-- Devices that are let go without a filing.

CREATE TABLE releases (
	id TEXT PRIMARY KEY,
	state TEXT NOT NULL CHECK (state IN ('unconfirmed', 'issuing', 'issued', 'stopping', 'stopped', 'expired')),
	package TEXT NOT NULL,
	reason TEXT NOT NULL,
	days BIGINT NOT NULL, -- how long each grant may be used
	selection TEXT NOT NULL, -- JSON: how its devices were chosen
	left_out TEXT NOT NULL, -- JSON: lines of the list that named no device
	total BIGINT NOT NULL, -- devices
	created_ms BIGINT NOT NULL,
	created_by TEXT NOT NULL, -- in a reader's words, like the next ones
	creator TEXT NOT NULL, -- id of the account, of the token where it belongs to nobody
	creator_account TEXT,
	creator_person TEXT, -- whom the account is in the directory
	confirmed_ms BIGINT, -- NULL: not, or nobody had to
	confirmed_by TEXT NOT NULL DEFAULT '',
	confirmer_person TEXT,
	expires_ms BIGINT, -- to be confirmed until then; NULL: nobody has to
	stopped_ms BIGINT,
	stopped_by TEXT NOT NULL DEFAULT '',
	stop_reason TEXT NOT NULL DEFAULT '',
	node TEXT NOT NULL DEFAULT '', -- whose lease it is: a server's data folder
	lease_ms BIGINT NOT NULL DEFAULT 0 -- its end
);
CREATE INDEX releases_expiry ON releases (expires_ms) WHERE state = 'unconfirmed';
CREATE INDEX releases_work ON releases (id) WHERE state IN ('issuing', 'stopping');
CREATE INDEX releases_creator ON releases (creator);
CREATE INDEX releases_created ON releases (created_ms);

-- As they were when they were selected; who confirms sees these and no others.
CREATE TABLE release_devices (
	release TEXT NOT NULL REFERENCES releases (id),
	device TEXT NOT NULL REFERENCES devices (id),
	name TEXT NOT NULL,
	owner TEXT NOT NULL,
	owner_name TEXT NOT NULL,
	state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'issued', 'failed', 'skipped')),
	why TEXT NOT NULL DEFAULT '', -- failed
	instance TEXT REFERENCES instances (id),
	PRIMARY KEY (release, device)
);
CREATE INDEX release_devices_queued ON release_devices (release, device) WHERE state = 'queued';
