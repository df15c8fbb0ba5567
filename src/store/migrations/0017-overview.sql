-- What a console shows without being asked: that something has changed, and how the links to DingTalk are.

-- How often each server has changed something of a topic (web/live.h); the others look at it.
CREATE TABLE shown_changes (
	node TEXT NOT NULL, -- the server
	topic TEXT NOT NULL,
	number BIGINT NOT NULL,
	PRIMARY KEY (node, topic)
);

ALTER TABLE dingtalk_apps ADD COLUMN url_checked_ms BIGINT; -- when DingTalk last checked the Request URL; NULL: never
ALTER TABLE dingtalk_apps ADD COLUMN event_lag_ms BIGINT; -- how late the newest event was that says when it happened; NULL: none did
