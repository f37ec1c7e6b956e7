#include "gateway/base/log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include "gateway/base/keyed.h"

enum {
	LINE_MAX_BYTES = 4096,
	VALUE_MAX_BYTES = 240,	/* of one value, before escaping */
	EVENT_MAX_BYTES = 96,	/* told apart for throttling */
	THROTTLE_ENTRIES = 128, /* of events, and as many of addresses */
	THROTTLE_PROBES = 4,
	THROTTLE_LINES = 50,
	THROTTLE_ADDRESS_LINES = 10, /* of one address, of these */
	THROTTLE_WINDOW_MS = 10000,
};

static const struct {
	struct str name;
	char priority; /* syslog's, for the journal */
} levels[] = {
	[LOG_LEVEL_ERROR] = { STR("error"), '3' },
	[LOG_LEVEL_WARN] = { STR("warn"), '4' },
	[LOG_LEVEL_INFO] = { STR("info"), '6' },
	[LOG_LEVEL_DEBUG] = { STR("debug"), '7' },
};
enum { LEVEL_COUNT = sizeof(levels) / sizeof(levels[0]) };

/* How often one event was seen in its window. */
struct throttle {
	char event[EVENT_MAX_BYTES];
	int64_t since_ms;
	unsigned lines, held;
};

/* The log is the process's own. */
static struct {
	pthread_mutex_t lock;
	atomic_int level;
	FILE *out;
	bool is_json, is_journal;
	struct throttle events[THROTTLE_ENTRIES];
	/* apart: an address that is made up pushes out no event */
	struct throttle addresses[THROTTLE_ENTRIES];
	uint64_t counts[LEVEL_COUNT];
	char recent[LOG_RECENT_LINES][LOG_RECENT_BYTES]; /* a ring */
	unsigned recent_next;
} the_log = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.level = LOG_LEVEL_INFO,
};

/* JOURNAL_STREAM names the device and inode that systemd connected
 * (systemd.exec(5)); a log that goes elsewhere keeps its times. */
static bool is_journal(FILE *out)
{
	const char *env = getenv("JOURNAL_STREAM");
	struct str dev, ino = str_z(env);
	uint64_t dev_number, ino_number;
	struct stat st;

	if (env == NULL || fileno(out) < 0 || fstat(fileno(out), &st) != 0)
		return false;
	dev = str_cut(&ino, ':');
	return str_to_u64(dev, &dev_number) && str_to_u64(ino, &ino_number) &&
	       dev_number == (uint64_t)st.st_dev &&
	       ino_number == (uint64_t)st.st_ino;
}

void log_setup(FILE *out, enum log_level level, bool is_json)
{
	pthread_mutex_lock(&the_log.lock);
	the_log.out = out;
	the_log.is_json = is_json;
	the_log.is_journal = is_journal(out);
	memset(the_log.events, 0, sizeof(the_log.events));
	memset(the_log.addresses, 0, sizeof(the_log.addresses));
	atomic_store(&the_log.level, (int)level);
	pthread_mutex_unlock(&the_log.lock);
}

bool log_wants(enum log_level level)
{
	return (int)level <=
	       atomic_load_explicit(&the_log.level, memory_order_relaxed);
}

bool log_level_read(struct str s, enum log_level *out)
{
	for (int i = 0; i < LEVEL_COUNT; i++) {
		if (str_eq(s, levels[i].name)) {
			*out = (enum log_level)i;
			return true;
		}
	}
	return false;
}

void log_format_set(bool is_json)
{
	pthread_mutex_lock(&the_log.lock);
	the_log.is_json = is_json;
	pthread_mutex_unlock(&the_log.lock);
}

void log_level_set(enum log_level level)
{
	atomic_store(&the_log.level, (int)level);
}

enum log_level log_level_get(void)
{
	return (enum log_level)atomic_load(&the_log.level);
}

const char *log_level_name(enum log_level level)
{
	return levels[level].name.p;
}

/* --- values */

static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 ||
	       c == 0x2029 || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

static bool is_word(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9'))
			continue;
		if (c == '\0' || strchr("._:/@+-[]*,;~", c) == NULL)
			return false;
	}
	return s.n > 0;
}

/* The bytes s[from..to) as \xNN, whose backslash JSON wants doubled. */
static void add_bytes(struct strbuf *b, struct str s, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		strbuf_addz(b, the_log.is_json ? "\\\\x" : "\\x");
		strbuf_addhex(b, s.p + i, 1);
	}
}

/* One code point, s[from..to), as both a line and JSON can carry it. */
static void add_char(struct strbuf *b, struct str s, size_t from, size_t to)
{
	char c = s.p[from];

	if (c == '"' || c == '\\') {
		strbuf_addc(b, '\\');
		strbuf_addc(b, c);
	} else if (c == '\n') {
		strbuf_addlit(b, "\\n");
	} else if (c == '\r') {
		strbuf_addlit(b, "\\r");
	} else if (c == '\t') {
		strbuf_addlit(b, "\\t");
	} else {
		add_bytes(b, s, from, to);
	}
}

static void add_quoted(struct strbuf *b, struct str s)
{
	size_t i = 0, from;

	strbuf_addc(b, '"');
	while (i < s.n && i < VALUE_MAX_BYTES) {
		uint32_t c;

		from = i;
		c = str_utf8_next(s, &i);
		if (is_control(c) || c == '"' || c == '\\')
			add_char(b, s, from, i);
		else if (c == 0xFFFD && i - from == 1)
			add_bytes(b, s, from, i);
		else
			strbuf_add(b, (struct str){ s.p + from, i - from });
	}
	if (i < s.n)
		strbuf_addlit(b, "...");
	strbuf_addc(b, '"');
}

static void add_value(struct strbuf *b, const struct log_field *f)
{
	if (f->is_number) {
		if (f->number < 0)
			strbuf_addc(b, '-');
		strbuf_addu(b, f->number < 0 ? 0 - (uint64_t)f->number
					     : (uint64_t)f->number);
	} else if (!the_log.is_json && f->s.n <= VALUE_MAX_BYTES &&
		   is_word(f->s)) {
		strbuf_add(b, f->s);
	} else {
		add_quoted(b, f->s);
	}
}

/* --- lines */

static void add_time(struct strbuf *b)
{
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	if (gmtime_r(&now.tv_sec, &tm) == NULL)
		return;
	strbuf_addf(b, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
		    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		    (int)(now.tv_nsec / 1000000));
}

static void text_head(struct strbuf *b, enum log_level level, const char *event)
{
	if (!the_log.is_journal) {
		add_time(b);
		strbuf_addc(b, ' ');
	}
	strbuf_add(b, levels[level].name);
	strbuf_addc(b, ' ');
	strbuf_addz(b, event);
}

static void json_head(struct strbuf *b, enum log_level level, const char *event)
{
	strbuf_addc(b, '{');
	if (!the_log.is_journal) {
		strbuf_addlit(b, "\"time\":\"");
		add_time(b);
		strbuf_addlit(b, "\",");
	}
	strbuf_addlit(b, "\"level\":\"");
	strbuf_add(b, levels[level].name);
	strbuf_addlit(b, "\",\"event\":\"");
	strbuf_addz(b, event);
	strbuf_addc(b, '"');
}

static void add_field(struct strbuf *b, const struct log_field *f)
{
	strbuf_addz(b, the_log.is_json ? ",\"" : " ");
	strbuf_addz(b, f->key);
	strbuf_addz(b, the_log.is_json ? "\":" : "=");
	add_value(b, f);
}

static void build_line(struct strbuf *b, enum log_level level,
		       const char *event, const struct log_field *fields)
{
	size_t whole;

	if (the_log.is_json)
		json_head(b, level, event);
	else
		text_head(b, level, event);
	whole = b->n;
	for (; fields->key != NULL && !b->overflow; fields++) {
		add_field(b, fields);
		whole = b->overflow ? whole : b->n;
	}
	/* A field that does not fit any more is left out as a whole. */
	strbuf_truncate(b, whole);
	b->limit += 2;
	strbuf_addz(b, the_log.is_json ? "}\n" : "\n");
}

/* As text with its time, whatever the log itself is. */
static void remember(enum log_level level, const char *event,
		     const struct log_field *fields)
{
	bool is_json = the_log.is_json, is_journal = the_log.is_journal;
	char *slot = the_log.recent[the_log.recent_next];
	struct strbuf b;

	strbuf_init(&b, LOG_RECENT_BYTES - 3);
	the_log.is_json = the_log.is_journal = false;
	build_line(&b, level, event, fields);
	the_log.is_json = is_json;
	the_log.is_journal = is_journal;
	memcpy(slot, b.p, b.n);
	slot[b.n] = '\0';
	strbuf_fini(&b);
	the_log.recent_next = (the_log.recent_next + 1) % LOG_RECENT_LINES;
}

void log_recent(struct strbuf *out)
{
	unsigned i, at;

	pthread_mutex_lock(&the_log.lock);
	for (i = 1; i <= LOG_RECENT_LINES; i++) {
		at = (the_log.recent_next + LOG_RECENT_LINES - i) %
		     LOG_RECENT_LINES;
		strbuf_addz(out, the_log.recent[at]);
	}
	pthread_mutex_unlock(&the_log.lock);
}

uint64_t log_count(enum log_level level)
{
	uint64_t n;

	pthread_mutex_lock(&the_log.lock);
	n = the_log.counts[level];
	pthread_mutex_unlock(&the_log.lock);
	return n;
}

/* Whatever cannot be written is lost: there is nobody to tell. */
static void write_line(enum log_level level, const char *event,
		       const struct log_field *fields)
{
	FILE *out = the_log.out ? the_log.out : stderr;
	struct strbuf b;

	strbuf_init(&b, LINE_MAX_BYTES);
	if (the_log.is_journal) {
		strbuf_addc(&b, '<');
		strbuf_addc(&b, levels[level].priority);
		strbuf_addc(&b, '>');
	}
	build_line(&b, level, event, fields);
	if (level <= LOG_LEVEL_WARN)
		remember(level, event, fields);
	fwrite(b.p, 1, b.n, out);
	fflush(out);
	strbuf_fini(&b);
}

/* --- throttling */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void say_held(struct throttle *t)
{
	if (t->held > 0)
		write_line(LOG_LEVEL_WARN, "log_held_back",
			   (const struct log_field[]){ F_Z("event", t->event),
						       F_NUM("lines", t->held),
						       F_NONE });
	t->held = 0;
}

/* The name's entry, or the oldest of those that it may take. */
static struct throttle *throttle_of(struct throttle *table, const char *event,
				    size_t n, int64_t now)
{
	size_t at = (size_t)keyed_hash(event, n);
	struct throttle *oldest = NULL;

	for (size_t i = 0; i < THROTTLE_PROBES; i++) {
		struct throttle *t = &table[(at + i) % THROTTLE_ENTRIES];

		if (strncmp(t->event, event, n) == 0 && t->event[n] == '\0')
			return t;
		if (oldest == NULL || t->since_ms < oldest->since_ms)
			oldest = t;
	}
	say_held(oldest);
	*oldest = (struct throttle){ .since_ms = now };
	memcpy(oldest->event, event, n);
	return oldest;
}

/* In its window of now. */
static struct throttle *throttle_open(struct throttle *table, const char *name,
				      int64_t now)
{
	struct throttle *t = throttle_of(
		table, name, strnlen(name, EVENT_MAX_BYTES - 1), now);

	if (now - t->since_ms >= THROTTLE_WINDOW_MS) {
		say_held(t);
		t->since_ms = now;
		t->lines = 0;
	}
	return t;
}

/* NULL for an event that has no address. */
static struct throttle *throttle_address(const char *event,
					 const struct log_field *f, int64_t now)
{
	char both[EVENT_MAX_BYTES];

	while (f->key != NULL && strcmp(f->key, "address") != 0)
		f++;
	if (f->key == NULL || f->is_number)
		return NULL;
	(void)snprintf(both, sizeof(both), "%s %.*s", event, STR_ARG(f->s));
	return throttle_open(the_log.addresses, both, now);
}

/* One address cannot use up the lines of an event: whoever counts them, as
 * fail2ban does, sees the others too. */
static bool is_allowed(const char *event, const struct log_field *fields)
{
	int64_t now = now_ms();
	struct throttle *one = throttle_address(event, fields, now);
	struct throttle *all = throttle_open(the_log.events, event, now);

	if (all->lines >= THROTTLE_LINES ||
	    (one != NULL && one->lines >= THROTTLE_ADDRESS_LINES)) {
		all->held++;
		return false;
	}
	all->lines++;
	if (one != NULL)
		one->lines++;
	return true;
}

void log_event(enum log_level level, const char *event,
	       const struct log_field *fields)
{
	if (!log_wants(level))
		return;
	pthread_mutex_lock(&the_log.lock);
	the_log.counts[level]++;
	if (level == LOG_LEVEL_DEBUG || is_allowed(event, fields))
		write_line(level, event, fields);
	pthread_mutex_unlock(&the_log.lock);
}
