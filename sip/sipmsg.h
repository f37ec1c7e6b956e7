#ifndef STOX_SIP_SIPMSG_H
#define STOX_SIP_SIPMSG_H
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include "sip/uri.h"

/* SIP messages as values: what the reader gives up and the writer takes. No
 * Sofia type passes this header. Slices borrow from whoever made the value. */
enum method {
	METHOD_OTHER, /* a token that we have no name for */
	METHOD_INVITE,
	METHOD_ACK,
	METHOD_BYE,
	METHOD_CANCEL,
	METHOD_OPTIONS,
	METHOD_REGISTER,
	METHOD_PRACK,
	METHOD_UPDATE,
	METHOD_INFO,
	METHOD_REFER,
	METHOD_MESSAGE,
	METHOD_SUBSCRIBE,
	METHOD_NOTIFY,
	METHOD_PUBLISH
};

enum transport { TRANSPORT_UDP, TRANSPORT_TCP, TRANSPORT_TLS };

/* An IPv4 or IPv6 address with its port. */
union endpoint {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* Where a message came from, or goes to. */
struct hop {
	enum transport transport;
	union endpoint peer;
	uint32_t socket; /* UDP: which of our sockets, counted from 1; 0: choose */
	uint64_t conn;   /* streams: that connection; 0: find or open one */
	/* TLS: the name to check. NUL-terminated; "" otherwise. */
	char name[256];
};

/* From, To, Contact, P-Asserted-Identity. */
struct party {
	struct str display; /* unquoted */
	struct uri uri;
	struct str tag;     /* From and To */
};

/* A header that has no field of its own; value without CR, LF, NUL. */
struct header {
	const struct header *next;
	struct str name, value;
};

struct request {
	enum method method;
	struct str method_name;
	struct str target_text;  /* the Request-URI as written */
	struct uri target;
	struct party from, to;
	struct str call_id;
	uint32_t cseq;
	int max_forwards;        /* -1: not said */
	struct str branch;       /* of the top Via; none if absent */
	struct str sent_by;      /* host[:port] of the top Via */
	uint16_t sent_by_port;   /* its port, 5060 if none is said */
	bool wants_rport;        /* the top Via has rport (RFC 3581) */
	unsigned via_count;
	/* "Via: ...CRLF" lines, then From, To (as received, without a tag of
	 * ours), Call-ID and CSeq lines: what a response repeats. The top Via
	 * carries received/rport already. To comes last, without its CRLF, so
	 * that a tag can be put behind it. */
	struct str echo;
	struct str record_route; /* value(s), joined by ", "; none if absent */
	struct str route;
	bool has_contact;
	struct party contact;    /* the first one */
	struct str contacts, path; /* all values, raw, joined by ", " */
	struct str asserted;     /* P-Asserted-Identity: value(s), raw */
	struct str privacy;      /* raw */
	struct str require;      /* option tags, comma-separated; raw */
	struct str supported;    /* the same */
	struct str accept;       /* raw */
	struct str event;        /* type only */
	struct str event_id;
	struct str subscription_state; /* raw */
	struct str if_match;     /* SIP-If-Match */
	struct str authorization, proxy_authorization; /* raw: all, the first */
	struct str subject;
	struct str language;     /* Content-Language, raw */
	struct str user_agent;
	struct str in_reply_to;
	int64_t date_s;          /* UTC; -1: none or not readable */
	int64_t expires_s;       /* delta seconds; -1: none */
	struct str content_type; /* raw, with parameters; none if absent */
	struct str content_encoding;
	struct str body;
	struct hop source;
};

struct response {
	int status;
	struct str reason;
	struct str branch;    /* of the top Via */
	enum method method;   /* of CSeq */
	struct str call_id;
	uint32_t cseq;
	struct str contacts;  /* all Contact values, raw, joined by ", " */
	struct str www_authenticate[4], proxy_authenticate[4]; /* raw; or none */
	int64_t retry_after_s; /* -1: none */
	int64_t min_expires_s; /* -1 */
	int64_t expires_s;     /* -1 */
	struct str etag;       /* SIP-ETag */
	struct hop source;
};

/* A request of ours before it has a Via: what the writer renders. */
struct draft {
	enum method method;
	struct uri target;     /* Request-URI */
	struct party from, to; /* from.tag required; to.tag in dialogs */
	struct str call_id;
	uint32_t cseq;
	unsigned max_forwards;
	struct str route;      /* Route value(s), raw; none */
	struct str next_hop;   /* URI text: where to send it, instead of the
				  configured proxy; none as a rule */
	struct str contact;    /* URI text for Contact; none: no Contact */
	const struct header *headers; /* Subject, Date, Event, ... in order */
	struct str content_type;
	struct str body;
	bool is_once;  /* who is not there now is not waited for */
	bool is_brief; /* who did not answer lately is not waited for as long */
};

/* "MESSAGE" and back; METHOD_OTHER for what is not known; case-sensitive. */
struct str method_name(enum method m);
enum method method_read(struct str s);
struct str transport_name(enum transport t); /* "UDP" "TCP" "TLS" */
bool transport_read(struct str s, enum transport *out); /* any case */
/* The standard Reason-Phrase, or that of the class. */
struct str reason_phrase(int status);

/* Numeric address (IPv4, IPv6 with or without brackets) -> endpoint. */
bool endpoint_read(struct str host, uint16_t port, union endpoint *out);
/* "192.0.2.1:5060", "[2001:db8::1]:5060". */
void endpoint_write(struct strbuf *b, const union endpoint *e);
void endpoint_write_host(struct strbuf *b, const union endpoint *e);
/* The address alone, no brackets; borrows from text. */
struct str endpoint_text(const union endpoint *e, char text[INET6_ADDRSTRLEN]);
uint16_t endpoint_port(const union endpoint *e);
bool endpoint_eq(const union endpoint *a, const union endpoint *b);
socklen_t endpoint_bytes(const union endpoint *e);
/* The address alone, as its 4 or 16 bytes; borrowed. */
struct str endpoint_address(const union endpoint *e);

/* Content-Type "text/plain; charset=UTF-8" -> "text/plain" compared without
 * case, and a parameter's value without its quotes (none if absent; quoted
 * pairs stay as they are). */
bool media_is(struct str content_type, const char *type);
struct str media_param(struct str content_type, const char *name);

#endif
