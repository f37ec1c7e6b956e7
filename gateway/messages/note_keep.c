#include "gateway/base/log.h"
#include "gateway/messages/note.h"

/* Records of STORE_NOTICE: key is the number, 16 hexadecimal digits; value
 *   "1" o|a wishes done since_s user contact stanza-id message-id date-time
 *   original-to
 * parted by tabs; in the texts a control character and '%' are "%HH". */
static const char VERSION[] = "1";

enum { KEY_BYTES = 17, VALUE_MAX_BYTES = 65536 };

static struct str key_of(char key[KEY_BYTES], const struct note *x)
{
	snprintf(key, KEY_BYTES, "%016llx",
		 (unsigned long long)x->facts.number);
	return (struct str){ key, KEY_BYTES - 1 };
}

static void put_text(struct strbuf *b, struct str s)
{
	strbuf_addc(b, '\t');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < ' ' || c == '%' || c == 0x7F)
			strbuf_addf(b, "%%%02x", c);
		else
			strbuf_addc(b, (char)c);
	}
}

bool note_keep_then(struct notices *n, const struct note *x, store_fn *fn,
		    void *arg)
{
	const struct note_facts *f = &x->facts;
	struct store *s = n->bridge->store;
	char key[KEY_BYTES];
	struct strbuf b;
	bool is_taken;

	if (s == NULL)
		return false;
	strbuf_init(&b, VALUE_MAX_BYTES);
	strbuf_addf(&b, "%s\t%c\t%u\t%u\t%lld", VERSION,
		    f->kind == NOTE_OWED ? 'o' : 'a', f->wishes, f->done,
		    (long long)f->since_s);
	put_text(&b, f->user);
	put_text(&b, f->contact);
	put_text(&b, f->stanza_id);
	put_text(&b, f->message_id);
	put_text(&b, f->date_time);
	put_text(&b, f->original_to);
	/* What cannot be written is known until the next restart. */
	is_taken =
		!b.overflow &&
		store_put(s, STORE_NOTICE, key_of(key, x), strbuf_str(&b),
			  f->since_s + n->bridge->cfg->notices_age_s, fn, arg);
	strbuf_fini(&b);
	return is_taken;
}

bool note_forget_then(struct notices *n, const struct note *x, store_fn *fn,
		      void *arg)
{
	char key[KEY_BYTES];

	return n->bridge->store != NULL &&
	       store_remove(n->bridge->store, STORE_NOTICE, key_of(key, x), fn,
			    arg);
}

void note_keep(struct notices *n, const struct note *x)
{
	(void)note_keep_then(n, x, NULL, NULL);
}

void note_forget(struct notices *n, const struct note *x)
{
	(void)note_forget_then(n, x, NULL, NULL);
}

/* --- loading */

static bool take_number(struct str *rest, uint64_t *out)
{
	return str_to_u64(str_cut(rest, '\t'), out);
}

static struct str take_text(struct arena *a, struct str *rest)
{
	struct str s = str_cut(rest, '\t');
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		p[n++] = s.p[i];
		if (s.p[i] != '%' || i + 2 >= s.n ||
		    str_hex_value(s.p[i + 1]) > 15 ||
		    str_hex_value(s.p[i + 2]) > 15)
			continue;
		p[n - 1] = (char)(str_hex_value(s.p[i + 1]) << 4 |
				  str_hex_value(s.p[i + 2]));
		i += 2;
	}
	return (struct str){ p, n };
}

static bool key_read(struct str key, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < key.n; i++) {
		if (str_hex_value(key.p[i]) > 15)
			return false;
		*out = *out * 16 + str_hex_value(key.p[i]);
	}
	return key.n == KEY_BYTES - 1;
}

static bool facts_read(struct arena *a, struct str key, struct str value,
		       struct note_facts *f)
{
	struct str version = str_cut(&value, '\t'),
		   kind = str_cut(&value, '\t');
	uint64_t wishes, done, since;

	if (!str_eqz(version, VERSION) || !key_read(key, &f->number) ||
	    !take_number(&value, &wishes) || !take_number(&value, &done) ||
	    !take_number(&value, &since))
		return false;
	f->kind = str_eqz(kind, "o") ? NOTE_OWED : NOTE_AWAITED;
	f->wishes = (unsigned)wishes;
	f->done = (unsigned)done;
	f->since_s = (int64_t)since;
	f->user = take_text(a, &value);
	f->contact = take_text(a, &value);
	f->stanza_id = take_text(a, &value);
	f->message_id = take_text(a, &value);
	f->date_time = take_text(a, &value);
	f->original_to = take_text(a, &value);
	return f->user.n > 0 && f->contact.n > 0;
}

/* The store gives records in the order of their keys, or of nothing at all:
 * they are sorted first, then linked. */
struct loading {
	struct notices *n;
	struct arena arena;
	struct loaded *all;
	size_t count;
};
struct loaded {
	struct loaded *prev, *next;
	struct note_facts facts;
};

static bool load(void *arg, struct str key, struct str value,
		 int64_t expires_at_s)
{
	struct loading *l = arg;
	struct loaded *x = arena_new(&l->arena, struct loaded);

	if (!facts_read(&l->arena, key, value, &x->facts))
		return false;
	if (expires_at_s >= loop_wall_ms() / 1000)
		DL_APPEND(l->all, x);
	else /* nothing else takes it out */
		(void)store_remove(l->n->bridge->store, STORE_NOTICE, key, NULL,
				   NULL);
	return true;
}

static int by_number(const struct loaded *a, const struct loaded *b)
{
	if (a->facts.number == b->facts.number)
		return 0;
	return a->facts.number < b->facts.number ? -1 : 1;
}

bool note_load(struct notices *n, const char **why)
{
	struct loading l = { .n = n };
	struct loaded *x;
	bool is_loaded;

	arena_init(&l.arena, VALUE_MAX_BYTES);
	is_loaded = store_load(n->bridge->store, STORE_NOTICE, load, &l, why);
	DL_SORT(l.all, by_number);
	DL_FOREACH (l.all, x)
		note_add(n, &x->facts);
	arena_fini(&l.arena);
	return is_loaded;
}
