#include "gateway/store/store_pgbatch.h"
#include "gateway/store/store_pgconn.h"
#include <stdio.h>

/* The same rows as in SQLite, in one table for all nodes. A batch is one
 * statement, so one round trip and one transaction. */
enum {
	LOCK_CLASS = 0x53746f78, /* of our advisory locks: "Stox" */
	SERVER_OLDEST = 120000	 /* generated columns */
};

struct pgsql {
	PGconn *conn; /* owned; NULL while it is away */
	int last_pid; /* of the server process behind our last connection */
	struct str conninfo, node; /* owned, with a NUL */
	struct store_pgbatch batch;
};

static void call_text(struct store_pgcall *call, const char *z)
{
	call->values[call->count++] = z;
}

static void call_array(struct store_pgcall *call, const struct strbuf *b)
{
	size_t i = call->count++;

	call->values[i] = b->p;
	call->lengths[i] = (int)b->n;
	call->formats[i] = 1;
}

/* --- connecting */

static bool call_for(struct pgsql *q, const struct store_pgcall *call,
		     struct store_trouble *t)
{
	PGresult *r = store_pgconn_call(&q->conn, call, NULL, t);

	PQclear(r);
	return r != NULL;
}

/* A server that crashes loses nothing that it has told us. The rest is for
 * hosts that vanish, so that the server lets go of their locks. */
static bool session_set_up(struct pgsql *q, struct store_trouble *t)
{
	if (PQserverVersion(q->conn) < SERVER_OLDEST) {
		store_trouble_set(t, "PostgreSQL is older than version 12",
				  NULL);
		return false;
	}
	return store_pgconn_script(
		&q->conn,
		"SELECT set_config('synchronous_commit', 'on', false)"
		" WHERE current_setting('synchronous_commit')"
		" IN ('off', 'local');"
		"SET lock_timeout = '2s';"
		"SET idle_in_transaction_session_timeout = '10s';"
		"SET tcp_keepalives_idle = 10;"
		"SET tcp_keepalives_interval = 5;"
		"SET tcp_keepalives_count = 3;",
		t);
}

static bool is_true(const PGresult *r, int column)
{
	return PQntuples(r) == 1 && PQgetvalue(r, 0, column)[0] == 't';
}

/* The server process behind our last connection may still be at work, and what
 * it writes late would undo what we write now. It holds the lock, so we write
 * nothing before it is gone; asking it to go makes that soon. */
static bool end_last(struct pgsql *q, struct store_trouble *t)
{
	struct store_pgcall call = {
		.sql = "SELECT pg_terminate_backend(pid) FROM pg_locks"
		       " WHERE locktype = 'advisory' AND pid = $1::int"
		       " AND classid = $2::bigint::oid"
		       " AND objid = hashtext($3)::oid",
	};
	char pid[16], class[16];

	if (q->last_pid == 0)
		return true;
	snprintf(pid, sizeof(pid), "%d", q->last_pid);
	snprintf(class, sizeof(class), "%d", LOCK_CLASS);
	call_text(&call, pid);
	call_text(&call, class);
	call_text(&call, q->node.p);
	return call_for(q, &call, t);
}

/* One stoxd a node name: the lock lives as long as the connection. A server
 * needs a moment to see that the one before us is dead, so we wait for it, as
 * long as lock_timeout says. */
static bool node_lock(struct pgsql *q, struct store_trouble *t)
{
	struct store_pgcall call = {
		.sql = "SELECT pg_advisory_lock($1::int, hashtext($2))",
	};
	char class[16], state[6];
	PGresult *r;

	if (!end_last(q, t))
		return false;
	snprintf(class, sizeof(class), "%d", LOCK_CLASS);
	call_text(&call, class);
	call_text(&call, q->node.p);
	r = store_pgconn_call(&q->conn, &call, state, t);
	PQclear(r);
	if (r == NULL && str_eqz(str_z(state), "55P03"))
		store_trouble_set(t, STORE_WHY_IN_USE, "of this node name");
	return r != NULL;
}

/* 0 for a database without our tables. */
static bool version_read(struct pgsql *q, unsigned *version,
			 struct store_trouble *t)
{
	const struct store_pgcall tables = {
		.sql = "SELECT to_regclass('stox_schema') IS NOT NULL,"
		       " to_regclass('stox_record') IS NOT NULL",
	};
	const struct store_pgcall number = {
		.sql = "SELECT version FROM stox_schema",
	};
	PGresult *r = store_pgconn_call(&q->conn, &tables, NULL, t);
	bool has_schema = r != NULL && is_true(r, 0);
	bool has_record = r != NULL && is_true(r, 1), is_read;

	PQclear(r);
	*version = 0;
	if (r == NULL || (!has_schema && !has_record))
		return r != NULL;
	r = has_schema && has_record
		    ? store_pgconn_call(&q->conn, &number, NULL, t)
		    : NULL;
	is_read = r != NULL && PQntuples(r) == 1 &&
		  str_to_u32(str_z(PQgetvalue(r, 0, 0)), version);
	PQclear(r);
	if (!is_read && q->conn != NULL)
		store_trouble_set(t, STORE_WHY_FOREIGN,
				  "tables stox_schema and stox_record");
	return is_read;
}

static bool steps_run(struct pgsql *q, const struct store_migration *m,
		      struct store_trouble *t)
{
	unsigned newest = store_schema_newest(m), version;

	if (!version_read(q, &version, t))
		return false;
	if (version > newest) {
		store_trouble_set(t, STORE_WHY_NEWER, NULL);
		snprintf(t->detail, sizeof(t->detail),
			 "its schema has version %u, this stoxd knows %u",
			 version, newest);
		return false;
	}
	/* Tables for an empty memory only: ours knows what was in the old. */
	if (version == 0 && q->last_pid != 0) {
		store_trouble_set(t, "the store's tables are gone", NULL);
		return false;
	}
	for (; m->version != 0; m++) {
		if (m->version > version &&
		    !store_pgconn_script(&q->conn, m->sql, t))
			return false;
	}
	return true;
}

/* Nodes that start together wait for the one that migrates. */
static bool migrate(struct pgsql *q, struct store_trouble *t)
{
	char begin[96];
	bool is_good;

	snprintf(begin, sizeof(begin),
		 "BEGIN; SELECT pg_advisory_xact_lock(%d)", LOCK_CLASS);
	is_good = store_pgconn_script(&q->conn, begin, t) &&
		  steps_run(q, STORE_SCHEMA_PGSQL, t);
	return is_good && store_pgconn_script(&q->conn, "COMMIT", t);
}

static void drop(struct pgsql *q)
{
	if (q->conn != NULL)
		PQfinish(q->conn);
	q->conn = NULL;
}

static bool connect_to(struct pgsql *q, struct store_trouble *t)
{
	drop(q);
	q->conn = store_pgconn_open(q->conninfo.p, t);
	if (q->conn == NULL)
		return false;
	if (session_set_up(q, t) && node_lock(q, t) && migrate(q, t)) {
		q->last_pid = PQbackendPID(q->conn);
		return true;
	}
	drop(q);
	return false;
}

static void pgsql_close(void *arg)
{
	struct pgsql *q = arg;

	drop(q);
	str_free(&q->conninfo);
	str_free(&q->node);
	store_pgbatch_fini(&q->batch);
	free(q);
}

static void *pgsql_open(const struct store_options *o, struct store_trouble *t)
{
	struct pgsql *q = calloc(1, sizeof(*q));

	if (q == NULL)
		abort();
	q->conninfo = str_heap(o->path);
	q->node = str_heap(o->node);
	store_pgbatch_init(&q->batch);
	if (connect_to(q, t))
		return q;
	pgsql_close(q);
	return NULL;
}

/* --- writing */

#define SQL_REMOVE                                                             \
	"DELETE FROM stox_record AS r USING"                                   \
	" unnest($2::smallint[], $3::bytea[]) AS d (kind, key)"                \
	" WHERE r.kind = d.kind AND r.key_id = sha256(d.key)"                  \
	" AND r.node = $1"

/* A record of another node: its owner becomes NULL, which the table refuses,
 * and with it the statement. One round trip for "all of these are ours". */
#define SQL_PUT                                                                \
	"INSERT INTO stox_record AS r (kind, key, node, expires_at_s, value)"  \
	" SELECT kind, key, $1, expires_at_s, value FROM"                      \
	" unnest($2::smallint[], $3::bytea[], $4::bigint[], $5::bytea[])"      \
	" AS p (kind, key, expires_at_s, value)"                               \
	" ON CONFLICT (kind, key_id) DO UPDATE SET"                            \
	" node = CASE WHEN r.node = $1 THEN r.node END,"                       \
	" expires_at_s = excluded.expires_at_s, value = excluded.value"

#define SQL_BOTH                                                               \
	"WITH gone AS (DELETE FROM stox_record AS r USING"                     \
	" unnest($6::smallint[], $7::bytea[]) AS d (kind, key)"                \
	" WHERE r.kind = d.kind AND r.key_id = sha256(d.key)"                  \
	" AND r.node = $1) " SQL_PUT

static void call_fill(const struct pgsql *q, struct store_pgcall *call)
{
	const struct store_pgbatch *b = &q->batch;

	call_text(call, q->node.p);
	call->sql = b->removes == 0 ? SQL_PUT : SQL_BOTH;
	if (b->puts > 0) {
		call_array(call, &b->kinds);
		call_array(call, &b->keys);
		call_array(call, &b->expiries);
		call_array(call, &b->values);
	} else {
		call->sql = SQL_REMOVE;
	}
	if (b->removes > 0) {
		call_array(call, &b->gone_kinds);
		call_array(call, &b->gone_keys);
	}
}

/* By the class of the SQLSTATE: data, constraints and limits are the record's,
 * all else is the database's. 57 (it shuts down) and 25 (it is a standby now)
 * will not get better on this connection. */
static enum store_outcome outcome_of(struct pgsql *q, const char *state,
				     struct store_trouble *t)
{
	struct str class = str_head(str_z(state), 2);

	if (str_eqz(str_z(state), "23502"))
		store_trouble_set(t, STORE_WHY_OTHER_NODE, NULL);
	if (str_eqz(class, "22") || str_eqz(class, "23") ||
	    str_eqz(class, "54"))
		return STORE_REFUSED;
	if (str_eqz(class, "57") || str_eqz(class, "25"))
		drop(q);
	return STORE_FAILED;
}

static enum store_outcome pgsql_write(void *arg, struct store_span span,
				      struct store_trouble *t)
{
	struct store_pgcall call = { .count = 0 };
	struct pgsql *q = arg;
	char state[6];
	PGresult *r;

	/* A server that has restarted since the last write is no failure. */
	if ((q->conn == NULL || !store_pgconn_is_alive(q->conn)) &&
	    !connect_to(q, t))
		return STORE_FAILED;
	if (!store_pgbatch_fill(&q->batch, span)) {
		store_trouble_set(t, "a transaction is too large", NULL);
		return STORE_REFUSED;
	}
	call_fill(q, &call);
	r = store_pgconn_call(&q->conn, &call, state, t);
	PQclear(r);
	return r != NULL ? STORE_WRITTEN : outcome_of(q, state, t);
}

static bool pgsql_probe(void *arg, struct store_trouble *t)
{
	const struct store_pgcall call = {
		.sql = "UPDATE stox_schema SET probed_at = now()",
	};
	struct pgsql *q = arg;

	if ((q->conn == NULL || !store_pgconn_is_alive(q->conn)) &&
	    !connect_to(q, t))
		return false;
	if (call_for(q, &call, t))
		return true;
	drop(q);
	return false;
}

/* --- loading */

struct loading {
	store_row_fn *fn;
	void *arg;
};

static struct str column(const PGresult *r, int i)
{
	return (struct str){ PQgetvalue(r, 0, i),
			     (size_t)PQgetlength(r, 0, i) };
}

static void on_row(void *arg, const PGresult *r)
{
	struct loading *load = arg;
	const unsigned char *p = (const unsigned char *)PQgetvalue(r, 0, 2);
	uint64_t expires = 0;
	int i;

	for (i = 0; i < 8; i++)
		expires = expires << 8 | p[i];
	load->fn(load->arg, column(r, 0), column(r, 1), (int64_t)expires);
}

static bool pgsql_load(void *arg, enum store_kind k, store_row_fn *fn,
		       void *fn_arg, struct store_trouble *t)
{
	struct store_pgcall call = {
		.sql = "SELECT key, value, expires_at_s FROM stox_record"
		       " WHERE node = $1 AND kind = $2::int",
		.wants_binary = 1,
	};
	struct loading load = { fn, fn_arg };
	struct pgsql *q = arg;
	char kind[16];

	if (q->conn == NULL && !connect_to(q, t))
		return false;
	snprintf(kind, sizeof(kind), "%d", (int)k);
	call_text(&call, q->node.p);
	call_text(&call, kind);
	return store_pgconn_stream(&q->conn, &call, on_row, &load, t);
}

const struct store_engine STORE_ENGINE_PGSQL = {
	.has_thread = true,
	.open = pgsql_open,
	.write = pgsql_write,
	.probe = pgsql_probe,
	.load = pgsql_load,
	.close = pgsql_close,
};
