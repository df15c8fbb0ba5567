-- Groups with rules that name a person who left or a department that is gone, as far as somebody was told of it.

CREATE TABLE broken_groups (
	group_id TEXT PRIMARY KEY REFERENCES user_groups (id),
	rules TEXT NOT NULL, -- those, as in user_groups
	count BIGINT NOT NULL,
	since_ms BIGINT NOT NULL -- when the newest of them broke
);
