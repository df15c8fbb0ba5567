-- What devices were told, whose they were and what became of them.

CREATE TABLE device_owners (
	device TEXT NOT NULL REFERENCES devices (id),
	number BIGINT NOT NULL, -- from 1
	person TEXT NOT NULL REFERENCES people (id),
	person_name TEXT NOT NULL, -- as of then
	how TEXT NOT NULL CHECK (how IN ('enrolled', 'enrolled-again', 'switched')),
	from_ms BIGINT NOT NULL,
	to_ms BIGINT, -- NULL: the present owner
	PRIMARY KEY (device, number)
);
CREATE INDEX device_owners_person ON device_owners (person);

CREATE TABLE device_states (
	device TEXT NOT NULL REFERENCES devices (id),
	number BIGINT NOT NULL, -- from 1
	state TEXT NOT NULL, -- also long-offline, which devices.state does not have
	at_ms BIGINT NOT NULL,
	by_name TEXT NOT NULL, -- in a reader's words
	why TEXT NOT NULL,
	PRIMARY KEY (device, number)
);

CREATE INDEX devices_name ON devices (LOWER(name), id);
