-- Finding approval instances: by parts of their texts, by the departments of who filed, by what they
-- came to. Lists are in the order of numbers, which is the order in which they were stored.

-- The two-character parts of instances.search.
CREATE TABLE instance_grams (
	gram TEXT NOT NULL,
	number BIGINT NOT NULL, -- of the instance
	PRIMARY KEY (gram, number)
);

-- The applicant's departments at the filing, with everything above them.
CREATE TABLE instance_departments (
	department TEXT NOT NULL REFERENCES departments (id),
	number BIGINT NOT NULL REFERENCES instances (number),
	PRIMARY KEY (department, number)
);
CREATE INDEX instance_departments_number ON instance_departments (number, department);

-- Ways into a list (store/instance_list.c), and what is common walked through by number with the other
-- conditions at hand.
CREATE INDEX instances_list_person ON instances (person, number);
CREATE INDEX instances_list_status ON instances (status, number);
CREATE INDEX instances_list_effect ON instances (effect, number);
CREATE INDEX instances_list_delivery ON instances (delivery, number);
CREATE INDEX instances_list_channel ON instances (channel, number);
CREATE INDEX instances_list_workflow ON instances (workflow, number);
CREATE INDEX instances_list_package ON instances (package, number);
CREATE INDEX instances_list_filed ON instances (created_ms);
CREATE INDEX instances_list_decided ON instances (decided_ms) WHERE decided_ms IS NOT NULL;
CREATE INDEX instances_list_walk ON instances (number, status, effect, delivery, channel, template, workflow,
	package, created_ms, decided_ms);
