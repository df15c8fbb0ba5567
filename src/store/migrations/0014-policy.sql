-- Changes of the policy that wait for a second administrator.

CREATE TABLE policy_proposals (
	id TEXT PRIMARY KEY,
	state TEXT NOT NULL CHECK (state IN ('open', 'confirmed', 'refused', 'withdrawn', 'expired', 'stale')),
	base BIGINT NOT NULL, -- version of the policy that it was made from
	body TEXT NOT NULL, -- JSON of the policy
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
