#ifndef STOX_GATEWAY_STORE_STORE_SQLITE_H
#define STOX_GATEWAY_STORE_STORE_SQLITE_H
#include <sqlite3.h>
#include "gateway/store/store_backend.h"

/* Brings db to the newest version of m in one transaction: all of it or
 * nothing. False and *t for a database that is not ours or newer than m. */
bool store_sqlite_migrate(sqlite3 *db, const struct store_migration *m,
			  struct store_trouble *t);

#endif
