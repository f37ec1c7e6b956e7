#include "gateway/store/store_sqlite.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	APPLICATION_ID = 0x53746f78, /* "Stox" */
	BUSY_MS = 1000 /* for an admin's shell that holds the write lock */
};

enum statement { BEGIN, COMMIT, ROLLBACK, PUT, REMOVE, LOAD, STATEMENTS };

/* A put never takes another node's record: it changes nothing then. */
static const char *const texts[STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[PUT] = "INSERT INTO record (kind, key, node, expires_at_s, value)"
		" VALUES (?1, ?2, ?3, ?4, ?5)"
		" ON CONFLICT (kind, key) DO UPDATE SET"
		" expires_at_s = excluded.expires_at_s,"
		" value = excluded.value WHERE node = excluded.node",
	[REMOVE] = "DELETE FROM record"
		   " WHERE kind = ?1 AND key = ?2 AND node = ?3",
	[LOAD] = "SELECT key, value, expires_at_s FROM record"
		 " WHERE kind = ?1 AND node = ?2",
};

struct sqlite {
	sqlite3 *db; /* owned */
	sqlite3_stmt *statements[STATEMENTS];
	struct str node;  /* owned */
	struct str probe; /* owned: a statement that changes nothing */
	int lock_fd;	  /* owned: PATH.lock, ours as long as we live */
};

static const char WHY_FAILS[] = "the store's database fails";

static bool complain(sqlite3 *db, struct store_trouble *t, const char *why)
{
	store_trouble_set(t, why, db != NULL ? sqlite3_errmsg(db) : NULL);
	return false;
}

/* --- opening */

static bool path_is_good(struct str path)
{
	return path.n > 0 && path.p[0] != ':' && str_find(path, '\0') == path.n;
}

/* What root makes (--check, a start by hand) is for the user of the service to
 * open: it belongs to whom its folder belongs to, as SQLite's own files beside
 * it do. Only what is new: a name that was there may lead anywhere. */
static void give_to_folder(int fd, const char *path)
{
	char folder[4096];
	const char *slash = strrchr(path, '/');
	struct stat st;
	int n;

	if (geteuid() != 0 || slash == NULL)
		return;
	n = snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path + 1),
		     path);
	if (n < (int)sizeof(folder) && stat(folder, &st) == 0 &&
	    fchown(fd, st.st_uid, st.st_gid) != 0)
		return; /* root can use it all the same */
}

static int file_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno == EEXIST)
		return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		give_to_folder(fd, path);
	return fd;
}

/* A file of its own: SQLite's locks on the database are lost when any other
 * descriptor of it is closed (POSIX), and readers shall be let in. */
static int lock_open(const char *path, struct store_trouble *t)
{
	char name[4096];
	int n = snprintf(name, sizeof(name), "%s.lock", path);
	int fd;

	if (n < 0 || (size_t)n >= sizeof(name)) {
		store_trouble_set(t, "the store's path is too long", NULL);
		return -1;
	}
	fd = file_open(name);
	if (fd < 0) {
		store_trouble_set(t,
				  errno == ENOENT
					  ? "the store's folder is not there"
					  : "the store's folder, or the .lock "
					    "file in it, cannot be written",
				  strerror(errno));
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	store_trouble_set(t, STORE_WHY_IN_USE, name);
	close(fd);
	return -1;
}

/* Who has talked to whom is nobody's business: SQLite gives the files beside
 * it the same mode. */
static bool file_create(const char *path, struct store_trouble *t)
{
	int fd = file_open(path);

	if (fd >= 0) {
		close(fd);
		return true;
	}
	store_trouble_set(t, "the store's file cannot be opened for writing",
			  strerror(errno));
	return false;
}

static bool exec(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* The first column of the first row. */
static bool read_number(sqlite3 *db, const char *sql, long long *out)
{
	sqlite3_stmt *st;
	int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

	*out = 0;
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
		*out = sqlite3_column_int64(st, 0);
	}
	sqlite3_finalize(st);
	return rc == SQLITE_ROW;
}

/* A new file has no id, no version and no tables; one without an id that holds
 * something is somebody else's. */
static bool version_read(sqlite3 *db, long long newest, long long *version,
			 struct store_trouble *t)
{
	long long id, tables;
	bool is_ours;

	if (!read_number(db, "PRAGMA application_id", &id) ||
	    !read_number(db, "PRAGMA user_version", version) ||
	    !read_number(db, "SELECT count(*) FROM sqlite_master", &tables))
		return complain(
			db, t,
			(sqlite3_errcode(db) & 0xff) == SQLITE_NOTADB
				? "the store's file is not a database"
				: "the store's database cannot be read");
	is_ours = id == APPLICATION_ID;
	if (!is_ours && (id != 0 || *version != 0 || tables != 0)) {
		store_trouble_set(t, STORE_WHY_FOREIGN, NULL);
		return false;
	}
	if (*version <= newest && *version >= 0)
		return true;
	store_trouble_set(t, STORE_WHY_NEWER, NULL);
	snprintf(t->detail, sizeof(t->detail),
		 "its schema has version %lld, this stoxd knows %lld", *version,
		 newest);
	return false;
}

static bool migrate(sqlite3 *db, const struct store_migration *m,
		    long long version)
{
	for (; m->version != 0; m++) {
		if (m->version > version && !exec(db, m->sql))
			return false;
	}
	return true;
}

bool store_sqlite_migrate(sqlite3 *db, const struct store_migration *m,
			  struct store_trouble *t)
{
	long long newest = store_schema_newest(m), version = 0;

	if (!version_read(db, newest, &version, t))
		return false;
	if (version == newest)
		return true;
	if (exec(db, texts[BEGIN]) && migrate(db, m, version) &&
	    exec(db, texts[COMMIT]))
		return true;
	complain(db, t, "the store's database cannot be brought up to date");
	exec(db, texts[ROLLBACK]);
	return false;
}

static bool is_wal(sqlite3 *db)
{
	sqlite3_stmt *st;
	bool is_good;

	if (sqlite3_prepare_v2(db, "PRAGMA journal_mode = WAL", -1, &st,
			       NULL) != SQLITE_OK)
		return false;
	is_good = sqlite3_step(st) == SQLITE_ROW &&
		  str_ieqz(str_z((const char *)sqlite3_column_text(st, 0)),
			   "wal");
	sqlite3_finalize(st);
	return is_good;
}

/* Nothing is written before it is known to be ours. Synchronous FULL: a commit
 * is on the disk when it returns, in WAL mode too. A checkpoint each 32 MiB of
 * log writes a page that changed often once. */
static bool db_set_up(struct sqlite *q, struct store_trouble *t)
{
	long long version;
	size_t i;

	sqlite3_busy_timeout(q->db, BUSY_MS);
	if (!version_read(q->db, store_schema_newest(STORE_SCHEMA_SQLITE),
			  &version, t))
		return false;
	if (!is_wal(q->db) ||
	    !exec(q->db, "PRAGMA synchronous = FULL;"
			 "PRAGMA trusted_schema = OFF;"
			 "PRAGMA cache_size = -2048;"
			 "PRAGMA wal_autocheckpoint = 8000;"
			 "PRAGMA journal_size_limit = 67108864;"))
		return complain(q->db, t,
				"the store's database cannot be set "
				"up for writing");
	if (!store_sqlite_migrate(q->db, STORE_SCHEMA_SQLITE, t))
		return false;
	for (i = 0; i < STATEMENTS; i++) {
		if (sqlite3_prepare_v3(q->db, texts[i], -1,
				       SQLITE_PREPARE_PERSISTENT,
				       &q->statements[i], NULL) != SQLITE_OK)
			return complain(q->db, t, STORE_WHY_FOREIGN);
	}
	return true;
}

static bool db_open(struct sqlite *q, const char *path, struct store_trouble *t)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
		    SQLITE_OPEN_EXRESCODE;

	q->lock_fd = lock_open(path, t);
	if (q->lock_fd < 0 || !file_create(path, t))
		return false;
	if (sqlite3_open_v2(path, &q->db, flags, NULL) != SQLITE_OK)
		return complain(q->db, t, "the store's file cannot be opened");
	return db_set_up(q, t);
}

static void sqlite_close(void *arg)
{
	struct sqlite *q = arg;
	size_t i;

	for (i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(q->statements[i]);
	sqlite3_close(q->db);
	if (q->lock_fd >= 0)
		close(q->lock_fd);
	str_free(&q->node);
	str_free(&q->probe);
	free(q);
}

static void *sqlite_open(const struct store_options *o, struct store_trouble *t)
{
	struct sqlite *q;
	struct str path;
	char probe[64];
	bool is_open;

	if (!path_is_good(o->path)) {
		store_trouble_set(t, "the store needs the path of a file",
				  NULL);
		return NULL;
	}
	q = calloc(1, sizeof(*q));
	if (q == NULL)
		abort();
	q->node = str_heap(o->node);
	/* Writes the first page, like any commit. */
	snprintf(probe, sizeof(probe), "PRAGMA user_version = %u",
		 store_schema_newest(STORE_SCHEMA_SQLITE));
	q->probe = str_heap(str_z(probe));
	path = str_heap(o->path);
	is_open = db_open(q, path.p, t);
	str_free(&path);
	if (is_open)
		return q;
	sqlite_close(q);
	return NULL;
}

/* --- writing */

static bool step(struct sqlite *q, enum statement n)
{
	sqlite3_stmt *st = q->statements[n];
	int rc = sqlite3_step(st);

	sqlite3_reset(st);
	return rc == SQLITE_DONE;
}

static bool bind(struct sqlite *q, sqlite3_stmt *st, const struct store_op *op)
{
	struct str key = store_op_key(op), value = store_op_value(op);
	int rc = sqlite3_bind_int(st, 1, (int)store_op_kind(op));

	rc |= sqlite3_bind_blob(st, 2, key.p, (int)key.n, SQLITE_STATIC);
	rc |= sqlite3_bind_text(st, 3, q->node.p, (int)q->node.n,
				SQLITE_STATIC);
	if (op->is_remove)
		return rc == SQLITE_OK;
	rc |= sqlite3_bind_int64(st, 4, op->expires_at_s);
	rc |= sqlite3_bind_blob(st, 5, value.p, (int)value.n, SQLITE_STATIC);
	return rc == SQLITE_OK;
}

/* What is wrong with the record, and not with the database. */
static enum store_outcome outcome_of(sqlite3 *db)
{
	switch (sqlite3_errcode(db) & 0xff) {
	case SQLITE_TOOBIG:
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
		return STORE_REFUSED;
	default:
		return STORE_FAILED;
	}
}

static enum store_outcome write_op(struct sqlite *q, const struct store_op *op,
				   struct store_trouble *t)
{
	enum statement n = op->is_remove ? REMOVE : PUT;

	if (!bind(q, q->statements[n], op) || !step(q, n)) {
		complain(q->db, t, WHY_FAILS);
		return outcome_of(q->db);
	}
	if (op->is_remove || sqlite3_changes(q->db) > 0)
		return STORE_WRITTEN;
	store_trouble_set(t, STORE_WHY_OTHER_NODE, NULL);
	return STORE_REFUSED;
}

/* An open file that has no name any more would take everything and be gone at
 * the next start. */
static bool is_in_place(struct sqlite *q, struct store_trouble *t)
{
	int has_moved = 0;

	sqlite3_file_control(q->db, NULL, SQLITE_FCNTL_HAS_MOVED, &has_moved);
	if (!has_moved)
		return true;
	store_trouble_set(t,
			  "the store's file was moved or deleted; start "
			  "stoxd again",
			  NULL);
	return false;
}

/* Some errors end the transaction by themselves. */
static void roll_back(struct sqlite *q)
{
	if (!sqlite3_get_autocommit(q->db))
		step(q, ROLLBACK);
}

static enum store_outcome sqlite_write(void *arg, struct store_span span,
				       struct store_trouble *t)
{
	enum store_outcome o = STORE_WRITTEN;
	struct sqlite *q = arg;
	struct store_op *op;

	if (!is_in_place(q, t))
		return STORE_FAILED;
	if (!step(q, BEGIN)) {
		complain(q->db, t, WHY_FAILS);
		return STORE_FAILED;
	}
	STORE_SPAN_EACH (op, span) {
		o = write_op(q, op, t);
		if (o != STORE_WRITTEN)
			break;
	}
	if (o == STORE_WRITTEN && !step(q, COMMIT)) {
		complain(q->db, t, WHY_FAILS);
		o = STORE_FAILED;
	}
	if (o != STORE_WRITTEN)
		roll_back(q);
	return o;
}

static bool sqlite_probe(void *arg, struct store_trouble *t)
{
	struct sqlite *q = arg;

	roll_back(q);
	return is_in_place(q, t) &&
	       (exec(q->db, q->probe.p) || complain(q->db, t, WHY_FAILS));
}

/* --- loading */

static struct str column(sqlite3_stmt *st, int i)
{
	const char *p = sqlite3_column_blob(st, i);

	return (struct str){ p, (size_t)sqlite3_column_bytes(st, i) };
}

static bool sqlite_load(void *arg, enum store_kind k, store_row_fn *fn,
			void *fn_arg, struct store_trouble *t)
{
	struct sqlite *q = arg;
	sqlite3_stmt *st = q->statements[LOAD];
	int rc;

	sqlite3_bind_int(st, 1, (int)k);
	sqlite3_bind_text(st, 2, q->node.p, (int)q->node.n, SQLITE_STATIC);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		fn(fn_arg, column(st, 0), column(st, 1),
		   sqlite3_column_int64(st, 2));
	if (rc != SQLITE_DONE)
		complain(q->db, t, "the store's records cannot be read");
	sqlite3_reset(st);
	return rc == SQLITE_DONE;
}

const struct store_engine STORE_ENGINE_SQLITE = {
	.has_thread = true,
	.open = sqlite_open,
	.write = sqlite_write,
	.probe = sqlite_probe,
	.load = sqlite_load,
	.close = sqlite_close,
};
