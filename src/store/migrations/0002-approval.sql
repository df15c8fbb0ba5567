-- DingTalk apps, workflows, approval instances and grants; what came in from DingTalk and what has to
-- go out to it.

CREATE TABLE dingtalk_apps (
	id TEXT PRIMARY KEY,
	corp_id TEXT NOT NULL,
	client_id TEXT NOT NULL UNIQUE,
	agent_id BIGINT, -- NULL: none given
	notice_channel TEXT NOT NULL DEFAULT 'work-notice' CHECK (notice_channel IN ('work-notice', 'robot')),
	client_secret BLOB NOT NULL, -- these three sealed
	aes_key BLOB, -- this pair NULL: none entered; pushes need it, Stream does not
	token BLOB,
	old_aes_key BLOB, -- sealed; the pair before, while DingTalk may still use it
	old_token BLOB,
	old_until_ms BIGINT,
	keys_proven BIGINT NOT NULL DEFAULT 0, -- a push was verified with the present pair
	path_secret TEXT NOT NULL, -- last part of the Request URL
	ingress TEXT NOT NULL DEFAULT 'push' CHECK (ingress IN ('push', 'stream')), -- how its events come
	bad_signatures BIGINT NOT NULL DEFAULT 0, -- pushes in a row that did not verify
	alert TEXT NOT NULL DEFAULT '', -- what an administrator has to mend, a word
	alert_ms BIGINT,
	last_event_ms BIGINT,
	silent_ms BIGINT NOT NULL DEFAULT 0, -- since when decisions were found that no event announced; 0: not
	proven BIGINT NOT NULL DEFAULT 0, -- announced decisions in a row
	missed_due_ms BIGINT, -- when to ask DingTalk for the pushes that failed; NULL: no reason to
	version BIGINT NOT NULL DEFAULT 1, -- counts what administrators changed
	created_ms BIGINT NOT NULL
);

-- Request URLs given out before their app was known: taken over by a new app (the row goes), or other names
-- of the URL of one that was there.
CREATE TABLE request_urls (
	id TEXT PRIMARY KEY,
	secret TEXT NOT NULL, -- last part of the URL
	app TEXT REFERENCES dingtalk_apps (id), -- NULL: nobody has taken it yet
	by_id TEXT NOT NULL, -- who asked for it: an account, a token
	expires_ms BIGINT, -- NULL: taken
	used_ms BIGINT, -- when it was taken, or to the day when a push came in through it
	created_ms BIGINT NOT NULL
);
CREATE INDEX request_urls_app ON request_urls (app) WHERE app IS NOT NULL;
CREATE INDEX request_urls_open ON request_urls (by_id, expires_ms) WHERE expires_ms IS NOT NULL;

-- What an organisation may call in a month, and what it did. A month is its beginning in Beijing.
CREATE TABLE dingtalk_organisations (
	corp_id TEXT PRIMARY KEY,
	figure BIGINT, -- calls a month, as an administrator entered it; NULL: the default
	over_month BIGINT NOT NULL DEFAULT 0 -- the month in which DingTalk said that it is over
);

CREATE TABLE dingtalk_months (
	corp_id TEXT NOT NULL,
	month BIGINT NOT NULL,
	calls BIGINT NOT NULL DEFAULT 0, -- handed out in blocks, made or not
	pushes BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (corp_id, month)
);

-- Stream mode, as each server saw it last.
CREATE TABLE dingtalk_streams (
	app TEXT NOT NULL REFERENCES dingtalk_apps (id),
	node TEXT NOT NULL, -- the server
	connected_ms BIGINT, -- NULL: not connected
	frame_ms BIGINT, -- of the last frame
	error TEXT NOT NULL,
	seen_ms BIGINT NOT NULL,
	PRIMARY KEY (app, node)
);

CREATE TABLE workflows (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	description TEXT NOT NULL,
	type TEXT NOT NULL CHECK (type IN ('dingtalk', 'builtin')),
	app TEXT REFERENCES dingtalk_apps (id), -- NULL: builtin
	version BIGINT NOT NULL, -- the newest
	console_decision TEXT NOT NULL DEFAULT 'close' CHECK (console_decision IN ('close', 'carry-through')),
	carry_confirmed_by TEXT NOT NULL DEFAULT '', -- who said to know what carrying through shows; '': nobody
	carry_confirmed_ms BIGINT,
	accept_automatic BIGINT NOT NULL DEFAULT 0, -- agreed by a rule of the form, without a second person, is enough
	notices BIGINT NOT NULL DEFAULT 0, -- applicant and approvers get messages of ours
	state TEXT NOT NULL DEFAULT 'attention' CHECK (state IN ('ready', 'attention', 'broken')), -- as the last test left it
	check_ms BIGINT, -- when to test it; also the end of the lease of who is at it; NULL: not asked for
	checked_ms BIGINT, -- the last test's end; NULL: none yet
	checked_version BIGINT NOT NULL DEFAULT 0,
	created_ms BIGINT NOT NULL,
	updated_ms BIGINT NOT NULL
);
CREATE INDEX workflows_check ON workflows (check_ms) WHERE check_ms IS NOT NULL;

-- Never changed: a pending instance keeps the version it was filed under.
CREATE TABLE workflow_versions (
	workflow TEXT NOT NULL REFERENCES workflows (id),
	version BIGINT NOT NULL,
	forms TEXT NOT NULL, -- JSON; builtin: none
	levels TEXT, -- JSON: builtin: who is asked; dingtalk: the level to fall back to, NULL: none
	created_by TEXT NOT NULL, -- in a reader's words
	created_ms BIGINT NOT NULL,
	PRIMARY KEY (workflow, version)
);

-- The user groups that the newest version names.
CREATE TABLE workflow_groups (
	workflow TEXT NOT NULL REFERENCES workflows (id),
	group_id TEXT NOT NULL REFERENCES user_groups (id),
	PRIMARY KEY (workflow, group_id)
);
CREATE INDEX workflow_groups_group ON workflow_groups (group_id);

-- What the last connection test found, in its order.
CREATE TABLE workflow_findings (
	workflow TEXT NOT NULL REFERENCES workflows (id),
	position BIGINT NOT NULL,
	id TEXT NOT NULL, -- a rule of model/doctor_rules.c
	form TEXT NOT NULL, -- process code; '': the app as a whole
	subject TEXT NOT NULL,
	detail TEXT NOT NULL,
	PRIMARY KEY (workflow, position)
);

-- The mapped controls as a test last saw them, so that a new title is recognised.
CREATE TABLE workflow_controls (
	workflow TEXT NOT NULL REFERENCES workflows (id),
	process_code TEXT NOT NULL,
	label TEXT NOT NULL,
	control TEXT NOT NULL, -- DingTalk's id of it
	PRIMARY KEY (workflow, process_code, label)
);

-- When DingTalk last told of a form's instances, ours or not, to the minute.
CREATE TABLE form_events (
	app TEXT NOT NULL REFERENCES dingtalk_apps (id),
	process_code TEXT NOT NULL,
	last_ms BIGINT NOT NULL,
	PRIMARY KEY (app, process_code)
);

CREATE TABLE counters (
	name TEXT PRIMARY KEY,
	reached BIGINT NOT NULL
);

CREATE TABLE instances (
	id TEXT PRIMARY KEY,
	number BIGINT NOT NULL UNIQUE,
	template TEXT NOT NULL,
	workflow TEXT NOT NULL,
	workflow_name TEXT NOT NULL,
	version BIGINT NOT NULL,
	app TEXT REFERENCES dingtalk_apps (id), -- NULL: not for DingTalk; then the next two are ''
	process_code TEXT NOT NULL,
	sent TEXT NOT NULL, -- JSON: the form's values, as they are sent
	person TEXT NOT NULL REFERENCES people (id),
	person_name TEXT NOT NULL, -- as of the filing, like all that follows
	department TEXT NOT NULL,
	originator TEXT NOT NULL, -- userid; '' without an app, like the next
	originator_department TEXT NOT NULL, -- DingTalk's id, the root as in contacts
	device TEXT NOT NULL REFERENCES devices (id),
	device_name TEXT NOT NULL,
	device_os TEXT NOT NULL,
	device_macs TEXT NOT NULL,
	package TEXT NOT NULL,
	reason TEXT NOT NULL,
	by_root BIGINT NOT NULL,
	status TEXT NOT NULL,
	note TEXT NOT NULL DEFAULT '', -- for an administrator
	delivery TEXT NOT NULL,
	external_id TEXT, -- processInstanceId
	business_id TEXT NOT NULL DEFAULT '',
	submitted_ms BIGINT,
	pending_with TEXT NOT NULL DEFAULT '', -- names, one a line
	check_ms BIGINT, -- when to read it in DingTalk again; NULL: no more
	check_step BIGINT NOT NULL DEFAULT 0,
	announced_ms BIGINT, -- an event told of its end
	found_ms BIGINT, -- a reading found its end before an event told of it; NULL again once that is judged
	decided_by TEXT NOT NULL DEFAULT '',
	decided_ms BIGINT,
	decision_comment TEXT NOT NULL DEFAULT '',
	channel TEXT NOT NULL DEFAULT '',
	grant_hours BIGINT NOT NULL, -- 0: until used
	created_ms BIGINT NOT NULL,
	expires_ms BIGINT NOT NULL,
	remind_ms BIGINT, -- when the approvers are reminded next; NULL: not
	reminders BIGINT NOT NULL DEFAULT 0, -- how many were sent
	release TEXT, -- of which release it is one device; NULL: it was filed
	effect TEXT NOT NULL DEFAULT 'none', -- follows the grant's state
	search TEXT NOT NULL -- number, reason, applicant, device and package, as model/search.h has them
);
CREATE UNIQUE INDEX instances_one_pending ON instances (person, device, package) WHERE status = 'pending';
CREATE UNIQUE INDEX instances_external ON instances (app, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX instances_device ON instances (device, id);
CREATE INDEX instances_status ON instances (status, id);
CREATE INDEX instances_check ON instances (app, check_ms) WHERE check_ms IS NOT NULL;
CREATE INDEX instances_check_pending ON instances (app, check_ms) WHERE status = 'pending' AND check_ms IS NOT NULL;
CREATE INDEX instances_open ON instances (app, process_code, number) WHERE status = 'pending' AND check_ms IS NOT NULL;
CREATE INDEX instances_found ON instances (found_ms) WHERE found_ms IS NOT NULL;
CREATE INDEX instances_watched ON instances (app, originator) WHERE status = 'approved' AND check_ms IS NOT NULL;
CREATE INDEX instances_expiry ON instances (expires_ms) WHERE status = 'pending';
CREATE INDEX instances_remind ON instances (remind_ms) WHERE remind_ms IS NOT NULL;
CREATE INDEX instances_workflow ON instances (workflow, status);

CREATE TABLE grants (
	id TEXT PRIMARY KEY,
	instance TEXT NOT NULL UNIQUE REFERENCES instances (id),
	device TEXT NOT NULL REFERENCES devices (id),
	package TEXT NOT NULL,
	jws TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('unused', 'delivered', 'used', 'lapsed', 'cancelled')),
	issued_ms BIGINT NOT NULL,
	exp_ms BIGINT NOT NULL, -- 0: until used
	delivered_ms BIGINT,
	used_ms BIGINT,
	cancelled_ms BIGINT,
	cancelled_why TEXT NOT NULL DEFAULT '',
	confirmed_ms BIGINT -- the device has entered in its ledger that it is called back
);
CREATE INDEX grants_device ON grants (device, id);
CREATE INDEX grants_lapse ON grants (exp_ms) WHERE state IN ('unused', 'delivered') AND exp_ms > 0;

-- Every call that changes something in DingTalk, written together with the state it follows from.
CREATE TABLE outbox (
	id TEXT PRIMARY KEY,
	app TEXT NOT NULL,
	instance TEXT NOT NULL REFERENCES instances (id),
	kind TEXT NOT NULL CHECK (kind IN ('create', 'settle', 'duplicate', 'comment', 'terminate', 'carry', 'execute', 'remind', 'notice')),
	userid TEXT NOT NULL DEFAULT '', -- in whose name; '': the system's
	text TEXT NOT NULL DEFAULT '',
	task BIGINT, -- execute: taskId
	attempts BIGINT NOT NULL DEFAULT 0,
	uncertain BIGINT NOT NULL DEFAULT 0, -- a try was begun and nobody knows how it ended
	tried_ms BIGINT NOT NULL DEFAULT 0, -- when that try began; 0: none has
	searched BIGINT NOT NULL DEFAULT 0, -- an uncertain create was looked for and not found
	due_ms BIGINT NOT NULL, -- also the end of the lease of who is at it
	lease TEXT NOT NULL DEFAULT '',
	node TEXT NOT NULL DEFAULT '', -- whose lease it is: a server's data folder
	error TEXT NOT NULL DEFAULT '',
	slow BIGINT NOT NULL DEFAULT 0, -- only a person can mend the error
	given_up BIGINT NOT NULL DEFAULT 0, -- done_ms without success: a dead letter
	created_ms BIGINT NOT NULL,
	done_ms BIGINT -- NULL: still to do
);
CREATE INDEX outbox_due ON outbox (app, due_ms) WHERE done_ms IS NULL;
CREATE INDEX outbox_instance ON outbox (instance, id);
CREATE INDEX outbox_lease ON outbox (node) WHERE done_ms IS NULL AND lease <> '';
CREATE INDEX outbox_dead ON outbox (id) WHERE given_up = 1 OR (slow = 1 AND done_ms IS NULL);

-- Events from DingTalk, stored before they are acknowledged.
CREATE TABLE inbox (
	id TEXT PRIMARY KEY,
	app TEXT NOT NULL,
	dedupe TEXT NOT NULL,
	event TEXT NOT NULL, -- EventType
	external_id TEXT NOT NULL, -- '' when it concerns no approval instance
	change TEXT NOT NULL, -- its type: start, finish, terminate…
	originator TEXT NOT NULL DEFAULT '', -- userid, of an approval instance
	subjects TEXT NOT NULL DEFAULT '', -- of an event of the organisation: userids or dept_ids, a line each
	collected BIGINT NOT NULL DEFAULT 0, -- out of DingTalk's list of pushes that failed
	body TEXT NOT NULL,
	received_ms BIGINT NOT NULL,
	due_ms BIGINT NOT NULL,
	tries BIGINT NOT NULL DEFAULT 0,
	done_ms BIGINT, -- NULL: effects still to come
	outcome TEXT NOT NULL DEFAULT '',
	UNIQUE (app, dedupe)
);
CREATE INDEX inbox_due ON inbox (due_ms) WHERE done_ms IS NULL;
-- For forgetting old ones after each event: without it that reads a month of them.
CREATE INDEX inbox_done ON inbox (done_ms) WHERE done_ms IS NOT NULL;
CREATE INDEX inbox_parked ON inbox (app, external_id) WHERE done_ms IS NULL;
