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
