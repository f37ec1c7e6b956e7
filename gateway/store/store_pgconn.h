#ifndef STOX_GATEWAY_STORE_STORE_PGCONN_H
#define STOX_GATEWAY_STORE_STORE_PGCONN_H
#include <libpq-fe.h>
#include "gateway/store/store_backend.h"

/* A connection to PostgreSQL that never waits longer than it says: libpq's
 * plain calls wait for a server that is gone as long as TCP does. Name
 * resolution alone is libc's and takes what it takes. */
enum {
	STORE_PG_CONNECT_MS = 3000,
	STORE_PG_CALL_MS = 3000,
	STORE_PG_LOAD_MS = 30000, /* of silence */
	STORE_PG_PARAMS_MAX = 8
};

/* The kernel's end of a call: nothing of it is kept. */
struct store_pgcall {
	const char *sql;
	size_t count;
	const char *values[STORE_PG_PARAMS_MAX];
	int lengths[STORE_PG_PARAMS_MAX];
	int formats[STORE_PG_PARAMS_MAX]; /* 0 text (with a NUL), 1 binary */
	int wants_binary;
};

/* NULL and *t on failure. */
PGconn *store_pgconn_open(const char *conninfo, struct store_trouble *t);
/* False when the server has ended it; says so without asking the server. */
bool store_pgconn_is_alive(PGconn *c);
/* The result, owned by the caller; NULL and *t for any error. *c is closed,
 * and NULL, when nothing more is to be expected of it. sqlstate, unless NULL,
 * gets the error's class, empty for a connection that failed. */
PGresult *store_pgconn_call(PGconn **c, const struct store_pgcall *call,
			    char sqlstate[6], struct store_trouble *t);
/* Several statements without parameters, in one transaction. */
bool store_pgconn_script(PGconn **c, const char *sql, struct store_trouble *t);
/* Row by row; fn gets each as a result of one row. */
typedef void store_pgrow_fn(void *arg, const PGresult *row);
bool store_pgconn_stream(PGconn **c, const struct store_pgcall *call,
			 store_pgrow_fn *fn, void *arg,
			 struct store_trouble *t);

#endif
