-- Outgoing webhooks, and what is told through them.

CREATE TABLE webhooks (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	description TEXT NOT NULL,
	url TEXT NOT NULL,
	events TEXT NOT NULL, -- words with spaces between; *: all
	enabled BIGINT NOT NULL,
	secret BLOB NOT NULL, -- sealed
	old_secret BLOB, -- sealed; signs too until old_until_ms
	old_until_ms BIGINT,
	failures BIGINT NOT NULL DEFAULT 0, -- tries in a row
	failing_ms BIGINT, -- the first of them; NULL: the last try went well
	pause_ms BIGINT NOT NULL DEFAULT 0, -- until then nothing is tried
	disabled TEXT NOT NULL DEFAULT '', -- why the server disabled it
	created_ms BIGINT NOT NULL,
	updated_ms BIGINT NOT NULL
);

-- Written together with what they tell. The id is the webhook-id of every try.
CREATE TABLE webhook_deliveries (
	id TEXT PRIMARY KEY,
	webhook TEXT NOT NULL REFERENCES webhooks (id),
	type TEXT NOT NULL,
	payload TEXT NOT NULL, -- JSON, as it is sent
	attempts BIGINT NOT NULL DEFAULT 0,
	due_ms BIGINT NOT NULL, -- also the end of the lease of who is at it
	lease TEXT NOT NULL DEFAULT '',
	node TEXT NOT NULL DEFAULT '', -- whose lease it is: a server's data folder
	tried_ms BIGINT NOT NULL DEFAULT 0, -- when the last try began; 0: none has
	status BIGINT NOT NULL DEFAULT 0, -- what it was answered; 0: nothing
	error TEXT NOT NULL DEFAULT '',
	given_up BIGINT NOT NULL DEFAULT 0, -- done_ms without success
	created_ms BIGINT NOT NULL,
	done_ms BIGINT -- NULL: still to do
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook, due_ms) WHERE done_ms IS NULL;
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (webhook, id);
CREATE INDEX webhook_deliveries_age ON webhook_deliveries (created_ms);
