#include "sip/client.h"
#include <string.h>
#include "gateway/base/loop.h"
#include "gateway/base/pool.h"
#include "gateway/base/table.h"
#include "sip/reader.h"
#include "sip/transport.h"

enum {
	MARK_BYTES = 7 + 8 + 1, /* "z9hG4bK", the process, "-" */
	TOKEN_BYTES = 12,	/* random, behind the mark */
	KNOWN = 1024,		/* a power of two */
	DOUBTS = 4		/* instead of 2: growth of Timer E */
};

/* What a loss can name: one connection, or one UDP peer. The rest is zero. */
struct path_key {
	uint64_t conn;
	unsigned char address[16];
	uint32_t scope;
	uint16_t port; /* network order */
	uint16_t family;
};

/* All transactions that one loss ends, so that it need not look at others. */
struct path {
	UT_hash_handle hh;
	struct path_key key;
	struct client_tx *txs; /* DL list, not owned */
	struct hop hop;	       /* once here, not in each transaction */
	uint64_t hash;	       /* keyed, of key; never 0 */
	bool has_answered;     /* anything of ours, as far as is known */
	bool is_lost;	       /* out of the table; client_lost frees it */
};

/* One block, with the request behind it when it may have to go again. */
struct client_tx {
	UT_hash_handle hh;
	struct client_tx *prev, *next; /* of path->txs */
	struct client *client;	       /* borrowed: owns us */
	struct path *path;
	struct loop_timer timer; /* the next of E and F */
	client_fn *fn;
	void *arg;
	uint64_t deadline_ms; /* Timer F */
	unsigned interval_ms; /* Timer E; 0 on streams */
	uint32_t socket;
	enum method method;
	bool is_proceeding;
	char token[TOKEN_BYTES]; /* key: the branch behind the mark */
	size_t bytes;
	char request[];
};

struct client {
	struct loop *loop;		 /* borrowed */
	struct transport_set *transport; /* borrowed */
	struct client_timing timing;
	size_t max_running;
	struct client_tx *txs; /* owned; by token */
	struct path *paths;    /* owned; by what can be lost */
	struct path *last; /* of these, the last that was asked for; or NULL */
	uint64_t known[KNOWN]; /* hashes of paths that have answered */
	struct strbuf scratch; /* a request while it is put together */
	char mark[MARK_BYTES];
};

struct client *client_create(struct loop *l, struct transport_set *t,
			     const struct client_timing *timing,
			     size_t max_running)
{
	struct client *c = calloc(1, sizeof(*c));

	if (c == NULL)
		abort();
	c->loop = l;
	c->transport = t;
	c->timing = *timing;
	c->max_running = max_running;
	strbuf_init(&c->scratch, SIP_MESSAGE_MAX_BYTES);
	memcpy(c->mark, "z9hG4bK", 7);
	keyed_token(c->mark + 7, 8);
	c->mark[MARK_BYTES - 1] = '-';
	return c;
}

static void path_free(struct client *c, struct path *p)
{
	HASH_DEL(c->paths, p);
	pool_give(p, sizeof(*p));
}

/* The last one stays, as who is written to is written to again. */
static void path_leave(struct client_tx *tx)
{
	struct path *p = tx->path;

	DL_DELETE(p->txs, tx);
	if (p->txs == NULL && !p->is_lost && p != tx->client->last)
		path_free(tx->client, p);
}

static void path_remember(struct client *c, struct path *p)
{
	struct path *before = c->last;

	c->last = p;
	if (before != NULL && before->txs == NULL)
		path_free(c, before);
}

/* Tokens are random and ours: nobody chooses which of them meet in a bucket. */
static unsigned token_hash(const char *token)
{
	uint64_t h;

	memcpy(&h, token, sizeof(h));
	return (unsigned)(h * UINT64_C(0x9E3779B97F4A7C15) >> 32);
}

/* Timer K is not kept: with the transaction gone at once, a late copy of its
 * answer matches nothing and is dropped, which is all that state Completed
 * does (RFC 3261 §17.1.2.2). */
static void tx_free(struct client_tx *tx)
{
	loop_timer_stop(&tx->timer);
	path_leave(tx);
	HASH_DEL(tx->client->txs, tx);
	pool_give(tx, sizeof(*tx) + tx->bytes);
}

static void tx_end(struct client_tx *tx, enum client_event ev,
		   const struct response *res, const char *why)
{
	client_fn *fn = tx->fn;
	void *arg = tx->arg;

	tx_free(tx);
	fn(arg, ev, res, why);
}

void client_destroy(struct client **cp)
{
	struct client *c = *cp;
	struct client_tx *tx, *tmp;

	if (c == NULL)
		return;
	*cp = NULL;
	HASH_ITER (hh, c->txs, tx, tmp)
		tx_free(tx);
	if (c->last != NULL)
		path_free(c, c->last);
	strbuf_fini(&c->scratch);
	free(c);
}

static void path_key_of(const struct hop *hop, struct path_key *k)
{
	memset(k, 0, sizeof(*k));
	if (hop->transport != TRANSPORT_UDP) {
		k->conn = hop->conn;
		return;
	}
	k->family = hop->peer.sa.sa_family;
	if (k->family == AF_INET) {
		k->port = hop->peer.in.sin_port;
		memcpy(k->address, &hop->peer.in.sin_addr, 4);
		return;
	}
	k->port = hop->peer.in6.sin6_port;
	k->scope = hop->peer.in6.sin6_scope_id;
	memcpy(k->address, &hop->peer.in6.sin6_addr, 16);
}

static struct path *path_get(struct client *c, const struct hop *hop)
{
	struct path_key k;
	struct path *p;
	uint64_t hash;

	path_key_of(hop, &k);
	if (c->last != NULL && memcmp(&c->last->key, &k, sizeof(k)) == 0)
		return c->last;
	hash = keyed_hash(&k, sizeof(k));
	HASH_FIND_BYHASHVALUE(hh, c->paths, &k, sizeof(k), (unsigned)hash, p);
	if (p != NULL) {
		path_remember(c, p);
		return p;
	}
	p = pool_new(struct path);
	p->key = k;
	p->hop = *hop;
	p->hash = hash | 1;
	p->has_answered = c->known[(p->hash >> 1) % KNOWN] == p->hash;
	HASH_ADD_BYHASHVALUE(hh, c->paths, key, sizeof(p->key), (unsigned)hash,
			     p);
	path_remember(c, p);
	return p;
}

/* Who answers can read what is sent there: the branch is a secret. */
static void path_answered(struct client *c, struct path *p)
{
	if (p->has_answered)
		return;
	p->has_answered = true;
	c->known[(p->hash >> 1) % KNOWN] = p->hash;
}

static void on_timer(void *arg);

static void timer_arm(struct client_tx *tx)
{
	uint64_t now = loop_now_ms(tx->client->loop);
	uint64_t left = tx->deadline_ms > now ? tx->deadline_ms - now : 0;
	uint64_t delay = tx->interval_ms;

	if (delay == 0 || delay > left)
		delay = left;
	loop_timer_start(tx->client->loop, &tx->timer, delay, on_timer, tx);
}

static bool tx_send(struct client_tx *tx, struct str bytes)
{
	struct hop *hop = &tx->path->hop;

	hop->socket = tx->socket;
	return transport_send(tx->client->transport, hop, bytes);
}

/* A NOTIFY goes where a SUBSCRIBE has said, which may be where nobody has asked
 * for it: until something of ours is answered there, four copies are enough. */
static unsigned next_interval_ms(const struct client_tx *tx)
{
	unsigned t2_ms = tx->client->timing.t2_ms;

	if (tx->is_proceeding)
		return t2_ms;
	if (tx->method == METHOD_NOTIFY && !tx->path->has_answered)
		return tx->interval_ms * DOUBTS;
	return tx->interval_ms * 2 < t2_ms ? tx->interval_ms * 2 : t2_ms;
}

/* Timers E and F in one. A retransmission that cannot leave now is as good as
 * lost on the way: the next one comes. */
static void on_timer(void *arg)
{
	struct client_tx *tx = arg;

	if (loop_now_ms(tx->client->loop) >= tx->deadline_ms) {
		tx_end(tx, CLIENT_TIMEOUT, NULL, "no answer");
		return;
	}
	if (tx->interval_ms > 0) {
		(void)tx_send(tx, (struct str){ tx->request, tx->bytes });
		tx->interval_ms = next_interval_ms(tx);
	}
	timer_arm(tx);
}

static struct str request_write(struct client *c, const struct hop *hop,
				struct str line, struct str rest,
				const char token[TOKEN_BYTES])
{
	struct strbuf *b = &c->scratch;

	strbuf_reset(b);
	strbuf_add(b, line);
	strbuf_addlit(b, "Via: ");
	transport_write_via(c->transport, b, hop);
	strbuf_addlit(b, ";rport;branch=");
	strbuf_add(b, client_branch_mark(c));
	strbuf_add(b, (struct str){ token, TOKEN_BYTES });
	strbuf_addlit(b, "\r\n");
	strbuf_add(b, rest);
	return strbuf_str(b);
}

/* Streams do not lose, so only a datagram is kept to go again. */
static struct client_tx *tx_create(struct client *c, const struct hop *hop,
				   struct str request)
{
	bool is_udp = hop->transport == TRANSPORT_UDP;
	size_t kept = is_udp ? request.n : 0;
	struct client_tx *tx = pool_take(sizeof(*tx) + kept);

	memset(tx, 0, sizeof(*tx));
	tx->client = c;
	tx->path = path_get(c, hop);
	tx->interval_ms = is_udp ? c->timing.t1_ms : 0;
	tx->socket = hop->socket;
	tx->bytes = kept;
	memcpy(tx->request, request.p, kept);
	DL_APPEND(tx->path->txs, tx);
	return tx;
}

struct client_tx *client_start(struct client *c, const struct hop *hop,
			       struct str line, struct str rest,
			       enum method method, unsigned timeout_ms,
			       client_fn *fn, void *arg, const char **why)
{
	char token[TOKEN_BYTES];
	struct client_tx *tx;
	struct str request;

	if (HASH_COUNT(c->txs) >= c->max_running) {
		*why = "too many transactions";
		return NULL;
	}
	keyed_token(token, sizeof(token));
	request = request_write(c, hop, line, rest, token);
	if (c->scratch.overflow) {
		*why = "request too large";
		return NULL;
	}
	if (!transport_send(c->transport, hop, request)) {
		*why = "transport refused the request";
		return NULL;
	}
	tx = tx_create(c, hop, request);
	memcpy(tx->token, token, sizeof(token));
	tx->fn = fn;
	tx->arg = arg;
	tx->method = method;
	tx->deadline_ms = loop_now_ms(c->loop) + timeout_ms;
	HASH_ADD_BYHASHVALUE(hh, c->txs, token, TOKEN_BYTES, token_hash(token),
			     tx);
	timer_arm(tx);
	return tx;
}

void client_cancel(struct client_tx *tx)
{
	tx_free(tx);
}

/* RFC 3261 §17.1.2.2: in state Proceeding Timer E runs at T2. */
static void proceed(struct client_tx *tx)
{
	if (tx->is_proceeding || tx->interval_ms == 0)
		return;
	tx->is_proceeding = true;
	tx->interval_ms = tx->client->timing.t2_ms;
	timer_arm(tx);
}

/* RFC 3261 §17.1.3: by branch and the method of CSeq. The branch is random
 * and sixty bits long: nobody who has not seen the request can guess it. */
bool client_offer(struct client *c, const struct response *res)
{
	struct str mark = client_branch_mark(c);
	struct client_tx *tx;
	const char *token;

	if (res->branch.n != MARK_BYTES + TOKEN_BYTES ||
	    !str_eq(str_head(res->branch, MARK_BYTES), mark))
		return false;
	token = res->branch.p + MARK_BYTES;
	HASH_FIND_BYHASHVALUE(hh, c->txs, token, TOKEN_BYTES, token_hash(token),
			      tx);
	if (tx == NULL || tx->method != res->method)
		return true; /* late, or a copy: absorbed */
	path_answered(c, tx->path);
	if (res->status < 200)
		proceed(tx);
	else
		tx_end(tx, CLIENT_ANSWERED, res, "");
	return true;
}

/* The path leaves the table first: what the callbacks start anew to the same
 * peer belongs to a new one, and is not lost. */
void client_lost(struct client *c, const struct hop *to, const char *why)
{
	struct path_key k;
	struct path *p;

	path_key_of(to, &k);
	HASH_FIND(hh, c->paths, &k, sizeof(k), p);
	if (p == NULL)
		return;
	HASH_DEL(c->paths, p);
	if (c->last == p)
		c->last = NULL;
	p->is_lost = true;
	while (p->txs != NULL)
		/* shortens it: NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		tx_end(p->txs, CLIENT_LOST, NULL, why);
	pool_give(p, sizeof(*p));
}

size_t client_running(const struct client *c)
{
	return HASH_COUNT(c->txs);
}

struct str client_branch_mark(const struct client *c)
{
	return (struct str){ c->mark, MARK_BYTES };
}
