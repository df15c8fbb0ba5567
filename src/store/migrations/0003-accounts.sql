-- Who signs in to Holdfast itself: accounts, the ways in, and how often they were tried.

CREATE TABLE accounts (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	email TEXT NOT NULL UNIQUE, -- the sign-in name, in lower case
	role TEXT NOT NULL CHECK (role IN ('owner', 'security-admin', 'approver', 'auditor')),
	state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
	language TEXT NOT NULL CHECK (language IN ('zh', 'en')),
	person TEXT UNIQUE REFERENCES people (id), -- who this is in the directory
	password TEXT, -- argon2id's own form; NULL: none yet
	totp BLOB, -- sealed secret; NULL: none
	totp_confirmed BIGINT NOT NULL DEFAULT 0, -- asked for at sign-in
	totp_step BIGINT NOT NULL DEFAULT 0, -- of the newest code that counted
	created_ms BIGINT NOT NULL,
	updated_ms BIGINT NOT NULL,
	signed_in_ms BIGINT NOT NULL DEFAULT 0 -- 0: never
);

-- What an account is limited to, with everything below it. No row: no limit.
CREATE TABLE account_departments (
	account TEXT NOT NULL REFERENCES accounts (id),
	department TEXT NOT NULL REFERENCES departments (id),
	PRIMARY KEY (account, department)
);

CREATE TABLE recovery_codes (
	account TEXT NOT NULL REFERENCES accounts (id),
	hash BLOB NOT NULL, -- SHA-256
	PRIMARY KEY (account, hash)
);

-- One-time links with which somebody sets a password.
CREATE TABLE account_links (
	hash BLOB PRIMARY KEY, -- SHA-256 of its secret
	account TEXT REFERENCES accounts (id),
	person TEXT UNIQUE REFERENCES people (id), -- of a local source; neither: makes the first owner
	resets_totp BIGINT NOT NULL DEFAULT 0,
	expires_ms BIGINT NOT NULL,
	CHECK (account IS NULL OR person IS NULL)
);
CREATE INDEX account_links_account ON account_links (account);

-- Browsers: an employee's (person), or of somebody who administers (account).
CREATE TABLE sessions (
	id BLOB PRIMARY KEY, -- SHA-256 of the cookie
	public_id TEXT NOT NULL UNIQUE, -- how a list names it
	person TEXT REFERENCES people (id),
	account TEXT REFERENCES accounts (id),
	csrf TEXT NOT NULL,
	wrong_codes BIGINT NOT NULL DEFAULT 0,
	address TEXT NOT NULL,
	agent TEXT NOT NULL, -- User-Agent
	created_ms BIGINT NOT NULL,
	seen_ms BIGINT NOT NULL, -- to the minute
	expires_ms BIGINT NOT NULL,
	CHECK ((person IS NULL) <> (account IS NULL))
);
CREATE INDEX sessions_age ON sessions (expires_ms);
CREATE INDEX sessions_account ON sessions (account, public_id);
CREATE INDEX sessions_person ON sessions (person) WHERE person IS NOT NULL;

-- Browsers in which an account, or a person of a local source, signed in well before: somebody else's wrong passwords do not stop them.
CREATE TABLE known_browsers (
	who TEXT NOT NULL, -- the account or the person
	hash BLOB NOT NULL, -- SHA-256 of the cookie
	address TEXT NOT NULL, -- of the last time
	seen_ms BIGINT NOT NULL,
	PRIMARY KEY (who, hash)
);
CREATE INDEX known_browsers_age ON known_browsers (seen_ms);

-- What is left of an allowance (model/rate.h), by the SHA-256 of what it is for. No row: all of it.
CREATE TABLE rates (
	key BLOB PRIMARY KEY,
	full_ms BIGINT NOT NULL, -- when it is whole again
	missed BIGINT NOT NULL DEFAULT 0 -- refused since one was taken, where that is told later
);
CREATE INDEX rates_age ON rates (full_ms);

CREATE TABLE tokens (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	role TEXT NOT NULL CHECK (role IN ('owner', 'security-admin', 'approver', 'auditor')),
	account TEXT REFERENCES accounts (id), -- NULL: made on the server's command line
	maker TEXT REFERENCES tokens (id), -- the token it was made with; it dies with that one
	hash BLOB NOT NULL UNIQUE,
	created_ms BIGINT NOT NULL,
	expires_ms BIGINT, -- NULL: never
	used_ms BIGINT NOT NULL DEFAULT 0, -- to the minute; 0: never
	revoked_ms BIGINT
);
CREATE INDEX tokens_account ON tokens (account, id);
CREATE INDEX tokens_maker ON tokens (maker);

CREATE TABLE token_departments (
	token TEXT NOT NULL REFERENCES tokens (id),
	department TEXT NOT NULL REFERENCES departments (id),
	PRIMARY KEY (token, department)
);
