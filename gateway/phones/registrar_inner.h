#ifndef STOX_GATEWAY_PHONES_REGISTRAR_INNER_H
#define STOX_GATEWAY_PHONES_REGISTRAR_INNER_H
#include "gateway/phones/bindings.h"
#include "gateway/phones/registrar.h"
#include "gateway/store/store.h"

/* What the files of the registrar share: registrar.c (who is where),
 * enrolment.c (REGISTER). */
struct registrar {
	struct bridge *bridge;	/* borrowed */
	struct phonebook *book; /* owned */
	struct strbuf record;
	struct loop_timer expiry;  /* a look at all once a second */
	struct enrolment *waiting; /* owned list: REGISTERs whose bindings are
				      being written to the store */
};

/* The bindings of that contact as they are now go into the store. false: it
 * takes nothing, and fn is not called. */
bool registrar_keep(struct registrar *g, struct str key, store_fn *fn,
		    void *arg);
/* The same for what nobody waits for: now, or when the store is well again. */
void registrar_write(struct registrar *g, struct str key);
/* Who only registers is online by that: his watchers are told. */
void registrar_tell(struct registrar *g, struct str key);

void enrolment_destroy(struct enrolment *e);

#endif
