-- What accounts and the organisation made their own.

-- The lists that an account comes back to in the console.
CREATE TABLE account_views (
	account TEXT PRIMARY KEY REFERENCES accounts (id),
	views TEXT NOT NULL, -- JSON, as the API has it
	version BIGINT NOT NULL -- rises with each change
);

-- What Holdfast writes into DingTalk where it is not the built-in text.
CREATE TABLE notice_texts (
	notice TEXT NOT NULL, -- model/notice.h
	language TEXT NOT NULL,
	text TEXT NOT NULL,
	PRIMARY KEY (notice, language)
);
