-- People of local identity sources: how they are found, and the passwords with which they sign in.

CREATE INDEX people_email ON people (source, email) WHERE email <> '';
CREATE INDEX departments_parent ON departments (parent, name);

CREATE TABLE person_passwords (
	person TEXT PRIMARY KEY REFERENCES people (id),
	password TEXT NOT NULL, -- argon2id's own form
	set_ms BIGINT NOT NULL
);
