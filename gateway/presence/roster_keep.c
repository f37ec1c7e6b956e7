#include <string.h>
#include "gateway/base/log.h"
#include "gateway/bridge.h"
#include "gateway/presence/roster_inner.h"

/* Records, one line of text each, fields apart by a tab:
 *   subscription  key "o|i user LF contact"  "1" state asked_at_s, and of the
 *                 resources of the contact each that the user was told of
 *                                     "2" state asked_at_s approved_at_s, and
 *                 the same: of a user who was let in by this contact
 *   dialog        key random            "1" boot user contact event-id dialog
 *                                       "2" and the same: refused, to be told
 *   setting       key "boot"            "1" how often the store was opened
 * No field but the last can hold a tab: JIDs are prepared, event ids tokens. */
static const char VERSION[] = "1", APPROVED[] = "2", REFUSED[] = "2";

enum { NAMES_MAX_BYTES = 4096 };

static void put(struct roster *r, enum store_kind kind, struct str key,
		int64_t expires_at_s, store_fn *fn, void *arg)
{
	struct store *s = r->bridge->store;

	if (s != NULL && !r->scratch.overflow &&
	    store_put(s, kind, key, strbuf_str(&r->scratch), expires_at_s, fn,
		      arg))
		return;
	if (fn != NULL)
		fn(arg, false);
}

static unsigned name_hash(struct str name)
{
	return (unsigned)keyed_hash(name.p, name.n);
}

static bool has_names(const struct row *w)
{
	return w->direction == SUB_OUT &&
	       (w->state == SUB_ACTIVE || w->state == SUB_DORMANT);
}

bool keep_is_due(struct row *w)
{
	unsigned names = 0;
	bool is_new = false;
	struct item *i;

	if (!has_names(w))
		return false;
	for (i = w->items; i != NULL; i = i->next)
		is_new |= i->value.is_available && !i->is_kept;
	if (!is_new)
		return false;
	for (i = w->items; i != NULL; i = i->next)
		names += name_hash(i->value.resource);
	return names != w->kept_names;
}

static void names_write(struct row *w, struct strbuf *b)
{
	size_t start = b->n;
	struct item *i;

	w->kept_names = 0;
	if (!has_names(w))
		return;
	for (i = w->items; i != NULL; i = i->next) {
		if (b->n - start + i->value.resource.n > NAMES_MAX_BYTES)
			continue;
		strbuf_addc(b, '\t');
		strbuf_add(b, i->value.resource);
		w->kept_names += name_hash(i->value.resource);
		i->is_kept = true;
	}
}

static void names_read(struct row *w, struct str names)
{
	if (!has_names(w))
		return;
	while (names.n > 0) {
		struct str name = str_cut(&names, '\t');

		if (name.n == 0 || name.n > JID_PART_MAX_BYTES)
			continue;
		item_remember(&w->items, name);
		w->kept_names += name_hash(name);
	}
}

void keep_row(struct row *w, store_fn *fn, void *arg)
{
	struct roster *r = w->roster;

	strbuf_reset(&r->scratch);
	strbuf_addf(&r->scratch, "%s\t",
		    w->approved_at_s > 0 ? APPROVED : VERSION);
	strbuf_add(&r->scratch, sub_state_name((enum sub_state)w->state));
	strbuf_addf(&r->scratch, "\t%lld", (long long)w->asked_at_s);
	if (w->approved_at_s > 0)
		strbuf_addf(&r->scratch, "\t%u", w->approved_at_s);
	names_write(w, &r->scratch);
	put(r, STORE_SUBSCRIPTION, row_key(w), 0, fn, arg);
}

static const char BOOT[] = "boot";

void keep_boot(struct roster *r, store_fn *fn, void *arg)
{
	r->boot++;
	strbuf_reset(&r->scratch);
	strbuf_addf(&r->scratch, "%s\t%llu", VERSION,
		    (unsigned long long)r->boot);
	put(r, STORE_SETTING, str_z(BOOT), 0, fn, arg);
}

void keep_forget(struct row *w, store_fn *fn, void *arg)
{
	struct store *s = w->roster->bridge->store;

	if (s == NULL ||
	    !store_remove(s, STORE_SUBSCRIPTION, row_key(w), fn, arg))
		fn(arg, false);
}

enum { TIME_DIGITS = 9, KEY_BYTES = 16 };

void keep_key(char out[KEY_BYTES])
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
	uint64_t now_ms = (uint64_t)loop_wall_ms();

	for (size_t i = TIME_DIGITS; i > 0; i--, now_ms >>= 5)
		out[i - 1] = digits[now_ms & 31];
	keyed_token(out + TIME_DIGITS, KEY_BYTES - TIME_DIGITS);
}

static struct str usage_key(const struct usage *u)
{
	return (struct str){ u->key, sizeof(u->key) };
}

void keep_dialog(struct roster *r, const struct dialog_record *d, store_fn *fn,
		 void *arg)
{
	strbuf_reset(&r->scratch);
	strbuf_addf(&r->scratch, "%s\t%llu\t",
		    d->is_refused ? REFUSED : VERSION,
		    (unsigned long long)r->boot);
	strbuf_add(&r->scratch, d->user);
	strbuf_addc(&r->scratch, '\t');
	strbuf_add(&r->scratch, d->contact);
	strbuf_addc(&r->scratch, '\t');
	strbuf_add(&r->scratch, d->event_id);
	strbuf_addc(&r->scratch, '\t');
	dialog_write(&r->scratch, d->dialog);
	put(r, STORE_DIALOG, d->key, d->expires_at_s, fn, arg);
}

void keep_usage(struct usage *u, store_fn *fn, void *arg)
{
	const struct dialog dialog = notice_dialog(u->notice);
	const struct dialog_record d = {
		.key = usage_key(u),
		.user = row_user(u->row),
		.contact = row_contact(u->row),
		.event_id = notice_event_id(u->notice),
		.dialog = &dialog,
		.expires_at_s = notice_expires_at_s(u->notice),
	};

	u->cseq_kept = dialog.local_cseq;
	keep_dialog(u->row->roster, &d, fn, arg);
}

void keep_drop(struct usage *u)
{
	struct store *s = u->row->roster->bridge->store;

	if (s != NULL)
		store_remove(s, STORE_DIALOG, usage_key(u), NULL, NULL);
}

/* --- loading */

static struct link *link_of(struct roster *r, struct str contact)
{
	struct str domain = str_from(contact, str_find(contact, '@') + 1);

	return link_find(r->bridge, domain);
}

/* Bare JIDs; whoever can write the store can write more. */
static bool are_names(struct str user, struct str contact)
{
	enum { BARE_MAX_BYTES = 2 * JID_PART_MAX_BYTES + 1 };

	return user.n > 0 && user.n <= BARE_MAX_BYTES && contact.n > 0 &&
	       contact.n <= BARE_MAX_BYTES &&
	       str_find(contact, '\n') == contact.n &&
	       str_find(user, '\n') == user.n;
}

static bool state_read(struct str name, unsigned char *out)
{
	unsigned s;

	for (s = SUB_ASKING; s < SUB_STATE_COUNT; s++) {
		if (!str_eq(sub_state_name((enum sub_state)s), name))
			continue;
		*out = (unsigned char)s;
		return true;
	}
	return false;
}

/* A component that is not configured any more: its rows stay in the store and
 * come back with it. */
static bool load_row(void *arg, struct str key, struct str value,
		     int64_t expires_at_s)
{
	struct roster *r = arg;
	struct str version = str_cut(&value, '\t');
	struct str state = str_cut(&value, '\t');
	struct str asked_text = str_cut(&value, '\t');
	bool is_approved = str_eqz(version, APPROVED);
	struct str approved = is_approved ? str_cut(&value, '\t') : STR_NONE;
	struct str contact = str_from(key, 1);
	struct str user = str_cut(&contact, '\n');
	struct link *k = link_of(r, contact);
	unsigned char s;
	struct row *w;
	uint64_t asked;

	(void)expires_at_s;
	if ((!str_eqz(version, VERSION) && !is_approved) ||
	    !are_names(user, contact) || (key.p[0] != 'o' && key.p[0] != 'i'))
		return false;
	if (k == NULL)
		return true;
	w = row_get(r, k, key.p[0] == 'o' ? SUB_OUT : SUB_IN, user, contact);
	if (str_to_u64(asked_text, &asked))
		w->asked_at_s = (int64_t)asked;
	if (!str_to_u32(approved, &w->approved_at_s))
		w->approved_at_s = 0;
	if (!state_read(state, &s)) {
		row_end(w);
		return false;
	}
	row_set_state(w, (enum sub_state)s);
	names_read(w, value);
	w->wants_restart = true;
	return true;
}

/* CSeq numbers to leave out, for this run is not entered yet. */
static uint32_t skip(const struct roster *r, uint64_t boot)
{
	uint64_t runs = boot <= r->boot ? r->boot - boot + 1 : 1;

	return (uint32_t)(runs < 1000000 ? runs : 1000000) * 2 * CSEQ_STRIDE;
}

void keep_settle(struct row *w)
{
	if (w->state == SUB_NONE || w->state == SUB_PENDING)
		row_set_state(w, SUB_ASKING);
	if (w->state == SUB_DORMANT)
		row_set_state(w, SUB_ACTIVE);
	w->wants_restart = true;
}

/* Of a list that the configuration has no more: no row knows of it. (A crash
 * before the row of a phone's dialog with another phone looks the same; it
 * comes back when it hears that its dialog is gone.) */
static bool is_of_no_list(struct roster *r, struct str user, struct str contact)
{
	struct str domain = str_from(user, str_find(user, '@') + 1);

	return link_find(r->bridge, domain) != NULL &&
	       row_find(r, SUB_IN, user, contact) == NULL;
}

static void restore(struct roster *r, struct link *k,
		    const struct dialog_record *d, uint32_t cseq_skip)
{
	struct row *w;
	struct usage *u;

	if (d->is_refused) {
		refused_restore(r, d, cseq_skip);
		return;
	}
	if (lists_has(r->lists, d->user)) {
		lists_restore(r->lists, d, cseq_skip);
		return;
	}
	if (is_of_no_list(r, d->user, d->contact))
		return;
	w = row_get(r, k, SUB_IN, d->user, d->contact);
	keep_settle(w);
	u = usage_create(w);
	memcpy(u->key, d->key.p, sizeof(u->key));
	u->notice = notifier_restore(r->notifier, d->dialog, d->event_id,
				     d->expires_at_s, cseq_skip, u);
	if (u->notice == NULL)
		usage_destroy(u);
	else
		u->cseq_kept = notice_dialog(u->notice).local_cseq;
}

static bool load_dialog(void *arg, struct str key, struct str value,
			int64_t expires_at_s)
{
	struct roster *r = arg;
	struct str version = str_cut(&value, '\t');
	struct str boot_text = str_cut(&value, '\t');
	struct dialog dialog;
	struct str user = str_cut(&value, '\t');
	struct str contact = str_cut(&value, '\t');
	struct str event_id = str_cut(&value, '\t');
	struct dialog_record d = { .key = key,
				   .user = user,
				   .contact = contact,
				   .event_id = event_id,
				   .dialog = &dialog,
				   .expires_at_s = expires_at_s,
				   .is_refused = str_eqz(version, REFUSED) };
	struct link *k = link_of(r, contact);
	struct arena a;
	uint64_t boot;
	bool is_read;

	arena_init(&a, 1024);
	is_read = (d.is_refused || str_eqz(version, VERSION)) &&
		  key.n == sizeof(((struct usage *)NULL)->key) &&
		  are_names(user, contact) && str_to_u64(boot_text, &boot) &&
		  dialog_read(&a, value, &dialog);
	if (is_read && k != NULL)
		restore(r, k, &d, skip(r, boot));
	arena_fini(&a);
	return is_read;
}

static bool load_boot(void *arg, struct str key, struct str value,
		      int64_t expires_at_s)
{
	struct roster *r = arg;

	(void)expires_at_s;
	if (str_eqz(key, BOOT) && str_eqz(str_cut(&value, '\t'), VERSION))
		str_to_u64(value, &r->boot);
	return true; /* the other settings are not ours */
}

bool keep_load(struct roster *r, const char **why)
{
	struct store *s = r->bridge->store;

	return store_load(s, STORE_SETTING, load_boot, r, why) &&
	       store_load(s, STORE_SUBSCRIPTION, load_row, r, why) &&
	       store_load(s, STORE_DIALOG, load_dialog, r, why);
}
