#include "gateway/store/store_pgconn.h"
#include <errno.h>
#include <poll.h>
#include <time.h>

static const char WHY_AWAY[] = "PostgreSQL cannot be reached";
static const char WHY_SILENT[] = "PostgreSQL does not answer";
static const char WHY_REFUSES[] = "PostgreSQL refuses what the store asks";

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void complain(struct store_trouble *t, const char *why,
		     const char *words)
{
	char *end;

	store_trouble_set(t, why, words);
	end = strchr(t->detail, '\n');
	if (end != NULL)
		*end = '\0';
}

/* False when until_ms has passed. */
static bool wait_for(PGconn *c, short events, int64_t until_ms)
{
	struct pollfd p = { .fd = PQsocket(c), .events = events };
	int64_t left;
	int n;

	do {
		left = until_ms - now_ms();
		n = left > 0 ? poll(&p, 1, (int)left) : 0;
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

/* --- connecting */

/* Its default writes to stderr. */
static void on_notice(void *arg, const PGresult *r)
{
	(void)arg;
	(void)r;
}

static bool connect_all(PGconn *c, struct store_trouble *t)
{
	int64_t until_ms = now_ms() + STORE_PG_CONNECT_MS;
	PostgresPollingStatusType s = PGRES_POLLING_WRITING;

	while (PQstatus(c) != CONNECTION_BAD) {
		if (!wait_for(c, s == PGRES_POLLING_READING ? POLLIN : POLLOUT,
			      until_ms)) {
			complain(t, WHY_SILENT, NULL);
			return false;
		}
		s = PQconnectPoll(c);
		if (s == PGRES_POLLING_OK)
			return true;
		if (s == PGRES_POLLING_FAILED)
			break;
	}
	complain(t, WHY_AWAY, PQerrorMessage(c));
	return false;
}

PGconn *store_pgconn_open(const char *conninfo, struct store_trouble *t)
{
	const char *names[] = { "dbname", "fallback_application_name",
				"client_encoding", NULL };
	const char *values[] = { conninfo, "stoxd", "UTF8", NULL };
	PGconn *c = PQconnectStartParams(names, values, 1);

	if (c == NULL)
		abort();
	if (connect_all(c, t) && PQsetnonblocking(c, 1) == 0) {
		PQsetNoticeReceiver(c, on_notice, NULL);
		return c;
	}
	PQfinish(c);
	return NULL;
}

/* A server that ends says why first, so all has to be read to see the end. */
bool store_pgconn_is_alive(PGconn *c)
{
	struct pollfd p = { .fd = PQsocket(c), .events = POLLIN };

	while (PQstatus(c) == CONNECTION_OK) {
		if (poll(&p, 1, 0) <= 0)
			return true;
		if (PQconsumeInput(c) != 1)
			return false;
	}
	return false;
}

/* --- calls */

static void give_up(PGconn **c)
{
	PQfinish(*c);
	*c = NULL;
}

/* Sends all of it, and takes what comes meanwhile, or both could wait for the
 * other for ever. */
static bool flush(PGconn *c, int64_t until_ms)
{
	int left;

	while ((left = PQflush(c)) > 0) {
		if (!wait_for(c, POLLIN | POLLOUT, until_ms) ||
		    PQconsumeInput(c) != 1)
			return false;
	}
	return left == 0;
}

/* The next result is there, or the end of them. */
static bool receive(PGconn *c, int64_t until_ms)
{
	while (PQisBusy(c)) {
		if (!wait_for(c, POLLIN, until_ms) || PQconsumeInput(c) != 1)
			return false;
	}
	return true;
}

static bool fail_silent(PGconn **c, struct store_trouble *t)
{
	bool is_bad = PQstatus(*c) == CONNECTION_BAD;

	complain(t, is_bad ? WHY_AWAY : WHY_SILENT,
		 is_bad ? PQerrorMessage(*c) : NULL);
	give_up(c);
	return false;
}

static bool is_good(const PGresult *r)
{
	ExecStatusType s = PQresultStatus(r);

	return s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK ||
	       s == PGRES_SINGLE_TUPLE;
}

static void read_state(const PGresult *r, char sqlstate[6])
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	size_t i;

	for (i = 0; i < 5 && state != NULL && state[i] != '\0'; i++)
		sqlstate[i] = state[i];
	sqlstate[i] = '\0';
}

/* Takes results until there are no more: the first error if there is one, else
 * the last. */
static PGresult *collect(PGconn **c, int64_t until_ms, struct store_trouble *t)
{
	PGresult *kept = NULL, *r;

	for (;;) {
		if (!receive(*c, until_ms)) {
			PQclear(kept);
			fail_silent(c, t);
			return NULL;
		}
		r = PQgetResult(*c);
		if (r == NULL)
			break;
		if (kept != NULL && !is_good(kept)) {
			PQclear(r);
			continue;
		}
		PQclear(kept);
		kept = r;
	}
	if (kept == NULL)
		fail_silent(c, t);
	return kept;
}

static PGresult *finish(PGconn **c, char sqlstate[6], struct store_trouble *t)
{
	int64_t until_ms = now_ms() + STORE_PG_CALL_MS;
	PGresult *r;

	if (!flush(*c, until_ms)) {
		fail_silent(c, t);
		return NULL;
	}
	r = collect(c, until_ms, t);
	if (r == NULL || is_good(r))
		return r;
	complain(t, WHY_REFUSES, PQresultErrorMessage(r));
	if (sqlstate != NULL)
		read_state(r, sqlstate);
	PQclear(r);
	if (PQstatus(*c) == CONNECTION_BAD)
		give_up(c);
	return NULL;
}

static bool send_call(PGconn *c, const struct store_pgcall *call)
{
	return PQsendQueryParams(c, call->sql, (int)call->count, NULL,
				 call->values, call->lengths, call->formats,
				 call->wants_binary) == 1;
}

PGresult *store_pgconn_call(PGconn **c, const struct store_pgcall *call,
			    char sqlstate[6], struct store_trouble *t)
{
	if (sqlstate != NULL)
		sqlstate[0] = '\0';
	if (send_call(*c, call))
		return finish(c, sqlstate, t);
	fail_silent(c, t);
	return NULL;
}

bool store_pgconn_script(PGconn **c, const char *sql, struct store_trouble *t)
{
	PGresult *r;

	if (PQsendQuery(*c, sql) != 1)
		return fail_silent(c, t);
	r = finish(c, NULL, t);
	PQclear(r);
	return r != NULL;
}

bool store_pgconn_stream(PGconn **c, const struct store_pgcall *call,
			 store_pgrow_fn *fn, void *arg, struct store_trouble *t)
{
	bool is_whole = true;
	PGresult *r;

	if (!send_call(*c, call) || PQsetSingleRowMode(*c) != 1 ||
	    !flush(*c, now_ms() + STORE_PG_LOAD_MS))
		return fail_silent(c, t);
	for (;;) {
		if (!receive(*c, now_ms() + STORE_PG_LOAD_MS))
			return fail_silent(c, t);
		r = PQgetResult(*c);
		if (r == NULL)
			return is_whole;
		if (PQresultStatus(r) == PGRES_SINGLE_TUPLE) {
			fn(arg, r);
		} else if (!is_good(r)) {
			complain(t, WHY_REFUSES, PQresultErrorMessage(r));
			is_whole = false;
		}
		PQclear(r);
	}
}
