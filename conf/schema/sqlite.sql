-- Stox: the SQLite store, schema version 1. stoxd makes it by itself when the
-- file is new; this is for reading, and for tools.
--
-- kind: 0 subscription, 1 dialog, 2 publication, 3 setting, 4 outbox,
-- 5 notice, 6 binding, 7 event state, 8 account.
-- key and value are bytes; they hold UTF-8 text, see docs/store.md.
-- expires_at_s: seconds since 1970, UTC; 0 for never.

PRAGMA application_id = 1400139640; -- "Stox"
PRAGMA user_version = 1;

CREATE TABLE record (
	kind INTEGER NOT NULL,
	key BLOB NOT NULL,
	node TEXT NOT NULL,
	expires_at_s INTEGER NOT NULL,
	value BLOB NOT NULL,
	PRIMARY KEY (kind, key)
);
