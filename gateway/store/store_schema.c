#include "gateway/store/store_backend.h"

/* The texts of conf/schema/, which a test compares with these. SQLite's table
 * has row ids: WITHOUT ROWID writes two to four times as much, for each record
 * then lies on a page of its neighbours by key. */

const struct store_migration STORE_SCHEMA_SQLITE[] = {
	{ 1, "PRAGMA application_id = 1400139640;"
	     "PRAGMA user_version = 1;"
	     "CREATE TABLE record ("
	     " kind INTEGER NOT NULL,"
	     " key BLOB NOT NULL,"
	     " node TEXT NOT NULL,"
	     " expires_at_s INTEGER NOT NULL,"
	     " value BLOB NOT NULL,"
	     " PRIMARY KEY (kind, key)"
	     ");" },
	{ 0, NULL },
};

const struct store_migration STORE_SCHEMA_PGSQL[] = {
	{ 1, "CREATE TABLE stox_schema ("
	     " version integer NOT NULL,"
	     " probed_at timestamptz"
	     ");"
	     "INSERT INTO stox_schema (version) VALUES (1);"
	     "CREATE TABLE stox_record ("
	     " kind smallint NOT NULL,"
	     " key bytea NOT NULL,"
	     " key_id bytea GENERATED ALWAYS AS (sha256(key)) STORED,"
	     " node text NOT NULL,"
	     " expires_at_s bigint NOT NULL,"
	     " value bytea NOT NULL,"
	     " PRIMARY KEY (kind, key_id)"
	     ");" },
	{ 0, NULL },
};

unsigned store_schema_newest(const struct store_migration *m)
{
	unsigned newest = 0;

	for (; m->version != 0; m++)
		newest = m->version;
	return newest;
}
