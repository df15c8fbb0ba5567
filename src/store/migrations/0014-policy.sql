-- Changes of the policy, of user groups in its scope and of these rules that wait for a second administrator.

CREATE TABLE policy_proposals (
	id TEXT PRIMARY KEY,
	subject TEXT NOT NULL CHECK (subject IN ('policy', 'user-group', 'settings')),
	user_group TEXT, -- id
	state TEXT NOT NULL CHECK (state IN ('open', 'confirmed', 'refused', 'withdrawn', 'expired', 'stale')),
	base BIGINT NOT NULL, -- of the policy, the group or the settings: the version that it was made from
	body TEXT NOT NULL, -- JSON
	names TEXT NOT NULL, -- as of policies
	changed TEXT NOT NULL,
	whys TEXT NOT NULL, -- why a second person has to confirm it, spaces between
	restored_from BIGINT NOT NULL, -- version; 0: none
	created_ms BIGINT NOT NULL,
	created_by TEXT NOT NULL, -- in a reader's words
	creator TEXT NOT NULL, -- id of the account, of the token where it belongs to nobody
	creator_account TEXT,
	creator_person TEXT, -- whom the account is in the directory
	expires_ms BIGINT NOT NULL,
	ended_ms BIGINT, -- NULL: it is open
	ended_by TEXT NOT NULL DEFAULT '',
	comment TEXT NOT NULL DEFAULT '', -- of who refused it
	version BIGINT -- what it became; NULL: nothing
);
CREATE INDEX policy_proposals_open ON policy_proposals (expires_ms) WHERE state = 'open';

-- Devices that one person alone took out of the policy's cover, in the last day.
CREATE TABLE devices_taken (
	device TEXT PRIMARY KEY, -- also one that is deleted
	account TEXT, -- who unbound it; '': a token that belongs to nobody. NULL: policy or groups did it
	at_ms BIGINT NOT NULL
);
CREATE INDEX devices_taken_at ON devices_taken (at_ms);
