-- Stox: the PostgreSQL store, schema version 1, PostgreSQL 12 or newer. stoxd
-- makes it by itself when its role may create tables; else load this file and
-- grant SELECT, INSERT, UPDATE, DELETE on both tables.
--
-- kind: 0 subscription, 1 dialog, 2 publication, 3 setting, 4 outbox,
-- 5 notice, 6 binding, 7 event state, 8 account.
-- key and value are bytes; they hold UTF-8 text, see docs/store.md.
-- expires_at_s: seconds since 1970, UTC; 0 for never.
-- key_id stands for the key in the index, which takes 2,704 bytes at most.

CREATE TABLE stox_schema (
	version integer NOT NULL,
	probed_at timestamptz -- the last time that stoxd tried to write
);
INSERT INTO stox_schema (version) VALUES (1);

CREATE TABLE stox_record (
	kind smallint NOT NULL,
	key bytea NOT NULL,
	key_id bytea GENERATED ALWAYS AS (sha256(key)) STORED,
	node text NOT NULL,
	expires_at_s bigint NOT NULL,
	value bytea NOT NULL,
	PRIMARY KEY (kind, key_id)
);
