-- Built-in approval: how far a request has come, whose turn it is, who acts for whom.

-- One row for each request that is asked about level by level, or may have to be.
CREATE TABLE approvals (
	instance TEXT PRIMARY KEY REFERENCES instances (id),
	levels TEXT NOT NULL, -- JSON, as of the filing
	level BIGINT NOT NULL, -- the one that is asked, from 1; 0: none yet, DingTalk is
	alone BIGINT NOT NULL DEFAULT 0, -- there is nobody who could be asked
	due_ms BIGINT, -- level 0: when it opens the first, unless DingTalk has the request; else: when it escalates
	review_ms BIGINT -- since when to look again at who is there to be asked; NULL: no reason to
);
CREATE INDEX approvals_due ON approvals (due_ms) WHERE due_ms IS NOT NULL;
CREATE INDEX approvals_review ON approvals (review_ms) WHERE review_ms IS NOT NULL;

-- One approver's turn in one level.
CREATE TABLE tasks (
	id TEXT PRIMARY KEY,
	instance TEXT NOT NULL REFERENCES instances (id),
	level BIGINT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('approver', 'fallback', 'escalation', 'administrator')),
	account TEXT NOT NULL,
	name TEXT NOT NULL, -- the account's, as of the opening
	state TEXT NOT NULL CHECK (state IN ('open', 'approved', 'rejected', 'skipped', 'closed')),
	acted_by TEXT, -- account: the delegate who did it; NULL: its owner, or nobody
	acted_name TEXT NOT NULL DEFAULT '',
	comment TEXT NOT NULL DEFAULT '',
	opened_ms BIGINT NOT NULL,
	ended_ms BIGINT
);
CREATE INDEX tasks_instance ON tasks (instance, id);
CREATE INDEX tasks_account ON tasks (account, state, id);

CREATE TABLE delegations (
	id TEXT PRIMARY KEY,
	account TEXT NOT NULL, -- for whom
	delegate TEXT NOT NULL, -- who acts
	from_ms BIGINT NOT NULL,
	until_ms BIGINT NOT NULL,
	reason TEXT NOT NULL,
	created_by TEXT NOT NULL,
	created_ms BIGINT NOT NULL,
	updated_ms BIGINT NOT NULL,
	told BIGINT NOT NULL DEFAULT 0 -- it has begun, and the delegate knows what waits
);
CREATE INDEX delegations_begin ON delegations (from_ms) WHERE told = 0;
CREATE INDEX delegations_account ON delegations (account, until_ms);
CREATE INDEX delegations_delegate ON delegations (delegate, until_ms);
