#ifndef STOX_GATEWAY_PHONES_PHONEBOOK_H
#define STOX_GATEWAY_PHONES_PHONEBOOK_H
#include "gateway/base/table.h"
#include "sip/registration.h"

/* Who is registered, and where: the bindings of RFC 3261 §10, in memory and as
 * a line of text for the store. Keys are bare JIDs of contacts: all spellings
 * of an address have one. No clock: "now" comes in, UTC seconds. */

/* One contact of a person: one allocation, slices are of it. */
struct binding {
	struct binding *prev, *next;
	struct str contact;  /* URI text */
	struct str instance; /* URN; none */
	struct str path;     /* Path value(s); none */
	struct str call_id;
	uint32_t cseq;
	uint32_t reg_id; /* 0: no flow of RFC 5626 */
	unsigned q;
	int64_t expires_at_s;
	bool is_direct; /* `from` is the phone itself, and no proxy */
	bool is_silent; /* did not answer the last message; of this run only */
	/* Where its REGISTER came from. conn is of this run only: 0 after a
	 * restart. */
	enum transport transport;
	union endpoint from;
	uint32_t socket;
	uint64_t conn;
	char block[];
};

struct person {
	UT_hash_handle hh;
	struct str key;		  /* owned */
	struct binding *bindings; /* owned; oldest first */
	size_t count;
	/* While changes of his are being written to the store: */
	size_t pending;	      /* how many */
	struct binding *kept; /* owned: what is written of them */
	uint64_t lost; /* counts what was taken back: with it, all that stood
			  on it */
	bool is_owed;  /* the store has something else, and is to be told */
};

struct phonebook; /* NULL is not a book: phonebook_create */
struct phonebook *phonebook_create(void);
void phonebook_destroy(struct phonebook **bp);
struct person *phonebook_find(const struct phonebook *b, struct str key);
struct person *phonebook_get(struct phonebook *b, struct str key);
/* Forgets a person of whom nothing is there, nor on its way. */
void phonebook_tidy(struct phonebook *b, struct person *p);
size_t phonebook_count(const struct phonebook *b); /* bindings in all */
/* fn for each person; fn may let it go. */
typedef void phonebook_fn(void *arg, struct person *p);
void phonebook_each(struct phonebook *b, phonebook_fn *fn, void *arg);

/* The binding that c would replace (RFC 3261 §10.3, RFC 5626 §6): of the same
 * instance and reg-id, else of an equal URI. */
struct binding *person_find(const struct person *p,
			    const struct registration_contact *c);
/* Adds, or puts in the place of the one it replaces. r and out->source say what
 * else a binding keeps. Never with expires_s 0. */
struct binding *person_put(struct phonebook *b, struct person *p,
			   const struct registration *reg,
			   const struct registration_contact *c,
			   const struct request *r, int64_t now_s);
void person_drop(struct phonebook *b, struct person *p, struct binding *x);
void person_drop_all(struct phonebook *b, struct person *p);
/* Drops what is over; whether anything was. */
bool person_expire(struct phonebook *b, struct person *p, int64_t now_s);
/* A copy of all bindings, for a change that may have to be taken back:
 * person_take puts them in the place of all that is there then, and *all is
 * empty after it; person_bindings_free is for those that are not wanted. */
struct binding *person_bindings_dup(const struct person *p);
/* The last change of those that are pending has been written, or all of them
 * are taken back. person_end_change for each of them, once. */
void person_begin_change(struct person *p);
void person_keep(struct person *p, struct binding **all);
void person_take_back(struct phonebook *b, struct person *p);
void person_end_change(struct person *p);
/* His bindings as they are written; NULL: none. */
const struct binding *person_written(const struct person *p);
void person_take(struct phonebook *b, struct person *p, struct binding **all);
void person_bindings_free(struct binding **all);
/* When the last one is over; 0: none is there. */
int64_t person_last_s(const struct person *p);

/* All bindings as one line; the first word is the version. person_read takes it
 * back in the place of all that is there: false when it is no such line. */
void person_write(struct strbuf *out, const struct person *p);
bool person_read(struct phonebook *b, struct person *p, struct str line);

#endif
