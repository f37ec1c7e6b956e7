#include "gateway/messages/skills.h"
#include "gateway/base/log.h"
#include "gateway/bridge.h"

/* Records of STORE_SETTING: key "skill\tCONTACT", value "1\tKNOWS...\tSECONDS"
 * with a letter for each skill and when it was learnt. */
static const char VERSION[] = "1";
static const char PREFIX[] = "skill\t";
static const char LETTERS[] = "?yn"; /* by enum knows */

static const char *const names[SKILL_COUNT] = {
	[SKILL_CPIM] = "cpim",
	[SKILL_TYPING] = "typing",
	[SKILL_ALTERNATIVE] = "alternative",
	[SKILL_NOTICES] = "notices",
};

enum { HOLD_S = 3600, VALUE_MAX_BYTES = 256 };

struct entry {
	UT_hash_handle hh;
	struct entry *prev, *next; /* of all, the longest unheard of first */
	unsigned char knows[SKILL_COUNT];
	int64_t since_s[SKILL_COUNT];
	size_t n;
	char contact[];
};

struct skills {
	struct bridge *bridge; /* borrowed */
	struct entry *table;
	struct entry *all;
};

static int64_t now_s(void)
{
	return loop_wall_ms() / 1000;
}

static struct entry *find(struct skills *s, struct str contact)
{
	struct entry *e;

	HASH_FIND(hh, s->table, contact.p, contact.n, e);
	return e;
}

static void drop(struct skills *s, struct entry *e)
{
	HASH_DEL(s->table, e);
	DL_DELETE(s->all, e);
	free(e);
}

static struct str key_of(struct skills *s, const struct entry *e)
{
	return str_fmt(loop_arena(s->bridge->loop), "%s%.*s", PREFIX, (int)e->n,
		       e->contact);
}

static struct entry *get(struct skills *s, struct str contact)
{
	struct entry *e = find(s, contact);

	if (e != NULL) {
		DL_DELETE(s->all, e);
		DL_APPEND(s->all, e);
		return e;
	}
	if (HASH_COUNT(s->table) >= s->bridge->cfg->skills_max) {
		if (s->bridge->store != NULL)
			store_remove(s->bridge->store, STORE_SETTING,
				     key_of(s, s->all), NULL, NULL);
		drop(s, s->all);
	}
	e = calloc(1, sizeof(*e) + contact.n);
	if (e == NULL)
		abort();
	e->n = contact.n;
	memcpy(e->contact, contact.p, contact.n);
	HASH_ADD_KEYPTR(hh, s->table, e->contact, e->n, e);
	DL_APPEND(s->all, e);
	return e;
}

static bool is_old(const struct skills *s, const struct entry *e, size_t i)
{
	return now_s() - e->since_s[i] > (int64_t)s->bridge->cfg->skills_age_s;
}

enum knows skills_get(struct skills *s, struct str contact, enum skill what)
{
	struct entry *e = find(s, contact);

	if (e == NULL || is_old(s, e, what))
		return KNOWS_UNKNOWN;
	return (enum knows)e->knows[what];
}

static void keep(struct skills *s, const struct entry *e)
{
	struct store *store = s->bridge->store;
	struct strbuf b;

	if (store == NULL)
		return;
	strbuf_init(&b, VALUE_MAX_BYTES);
	strbuf_addz(&b, VERSION);
	for (size_t i = 0; i < SKILL_COUNT; i++)
		strbuf_addf(&b, "\t%c%lld", LETTERS[e->knows[i]],
			    (long long)e->since_s[i]);
	/* A write that fails costs one more lesson, after a restart. */
	store_put(store, STORE_SETTING, key_of(s, e), strbuf_str(&b),
		  now_s() + s->bridge->cfg->skills_age_s, NULL, NULL);
	strbuf_fini(&b);
}

/* Written again at most once a day while nothing is new. */
static bool is_news(const struct skills *s, const struct entry *e,
		    enum skill what, enum knows knows)
{
	int64_t age_s = now_s() - e->since_s[what];

	if (is_old(s, e, what))
		return true;
	if (e->knows[what] == knows)
		return age_s > (int64_t)s->bridge->cfg->skills_age_s / 8;
	return e->knows[what] != KNOWS_NO || age_s > HOLD_S;
}

void skills_learn(struct skills *s, struct str contact, enum skill what,
		  bool knows)
{
	enum knows value = knows ? KNOWS_YES : KNOWS_NO;
	struct entry *e;

	if (contact.n == 0)
		return;
	e = get(s, contact);
	if (!is_news(s, e, what, value))
		return;
	if (e->knows[what] != value)
		log_debug("skill_learnt", F_STR("contact", contact),
			  F_Z("skill", names[what]), F_NUM("knows", knows));
	e->knows[what] = (unsigned char)value;
	e->since_s[what] = now_s();
	keep(s, e);
}

size_t skills_count(const struct skills *s)
{
	return HASH_COUNT(s->table);
}

/* --- loading */

static bool entry_read(struct entry *e, struct str value)
{
	for (size_t i = 0; i < SKILL_COUNT && value.n > 0; i++) {
		struct str field = str_cut(&value, '\t');
		size_t k = 0;
		uint64_t since;

		while (k < 3 && (field.n == 0 || field.p[0] != LETTERS[k]))
			k++;
		if (k == 3 || !str_to_u64(str_from(field, 1), &since))
			return false;
		e->knows[i] = (unsigned char)k;
		e->since_s[i] = (int64_t)since;
	}
	return true;
}

static bool load(void *arg, struct str key, struct str value,
		 int64_t expires_at_s)
{
	struct skills *s = arg;
	struct entry *e;

	if (!str_starts(key, PREFIX))
		return true; /* another's setting */
	if (expires_at_s < now_s()) {
		/* Nothing else takes it out. */
		(void)store_remove(s->bridge->store, STORE_SETTING, key, NULL,
				   NULL);
		return true;
	}
	key = str_from(key, sizeof(PREFIX) - 1);
	if (!str_eqz(str_cut(&value, '\t'), VERSION))
		return false;
	if (key.n == 0)
		return true;
	e = get(s, key);
	if (entry_read(e, value))
		return true;
	drop(s, e);
	return false;
}

struct skills *skills_create(struct bridge *b, const char **why)
{
	struct skills *s = calloc(1, sizeof(*s));

	if (s == NULL)
		abort();
	s->bridge = b;
	if (!store_load(b->store, STORE_SETTING, load, s, why))
		skills_destroy(&s);
	return s;
}

void skills_destroy(struct skills **sp)
{
	struct skills *s = *sp;

	if (s == NULL)
		return;
	*sp = NULL;
	while (s->all != NULL)
		drop(s, s->all);
	free(s);
}
