#ifndef STOX_XMPP_LOOKUP_H
#define STOX_XMPP_LOOKUP_H
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include "gateway/base/str.h"

struct loop;
struct lookup;

enum { LOOKUP_ADDRESSES_MAX = 16 };

/* Where a host can be reached, in the order of RFC 6724. */
struct lookup_answer {
	int error; /* 0, or what gai_strerror explains */
	size_t n;
	struct sockaddr_storage address[LOOKUP_ADDRESSES_MAX];
	socklen_t length[LOOKUP_ADDRESSES_MAX];
};
typedef void lookup_fn(void *arg, const struct lookup_answer *a);

/* An address in digits, at once: an error for a name. */
void lookup_digits(const char *host, uint16_t port, struct lookup_answer *out);
/* Asks the system's resolver (files, DNS: getaddrinfo) in a thread of its own
 * and calls fn once, from the loop. NULL when there is no descriptor or no
 * thread. The answer may take as long as the resolver likes. */
struct lookup *lookup_create(struct loop *l, const char *host, uint16_t port,
			     lookup_fn *fn, void *arg);
/* No call of fn after it; a thread that still asks ends by itself. */
void lookup_destroy(struct lookup **lp);

#endif
