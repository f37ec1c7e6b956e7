#ifndef STOX_TEST_DNSBED_H
#define STOX_TEST_DNSBED_H
#include "bed.h"

/* DNS messages written by hand, and a tiny server that answers from a table
 * of records, in the loop under test. */
enum {
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_AAAA = 28,
	DNS_SRV = 33,
	DNS_NAPTR = 35,
	DNS_MESSAGE_BYTES = 4096
};

struct dns_message {
	unsigned char p[DNS_MESSAGE_BYTES];
	size_t n;
};

static inline void dns_put(struct dns_message *m, const void *p, size_t n)
{
	assert_true(m->n + n <= sizeof(m->p));
	memcpy(m->p + m->n, p, n);
	m->n += n;
}

static inline void dns_put8(struct dns_message *m, unsigned v)
{
	unsigned char b = (unsigned char)v;

	dns_put(m, &b, 1);
}

static inline void dns_put16(struct dns_message *m, unsigned v)
{
	dns_put8(m, v >> 8 & 0xff);
	dns_put8(m, v & 0xff);
}

static inline void dns_put_name(struct dns_message *m, const char *name)
{
	while (*name != '\0') {
		size_t n = strcspn(name, ".");

		dns_put8(m, (unsigned)n);
		dns_put(m, name, n);
		name += n + (name[n] == '.');
	}
	dns_put8(m, 0);
}

static inline void dns_put_text(struct dns_message *m, const char *text)
{
	dns_put8(m, (unsigned)strlen(text));
	dns_put(m, text, strlen(text));
}

/* A response with its question and no answers yet. */
static inline void dns_begin(struct dns_message *m, unsigned id,
			     const char *name, unsigned type)
{
	static const unsigned char counts[] = { 0, 1, 0, 0, 0, 0, 0, 0 };

	m->n = 0;
	dns_put16(m, id);
	dns_put16(m, 0x8180);
	dns_put(m, counts, sizeof(counts));
	dns_put_name(m, name);
	dns_put16(m, type);
	dns_put16(m, 1);
}

/* Starts a record; returns where its length goes. */
static inline size_t dns_record(struct dns_message *m, const char *name,
				unsigned type, uint32_t ttl)
{
	m->p[7]++;
	dns_put_name(m, name);
	dns_put16(m, type);
	dns_put16(m, 1);
	dns_put16(m, ttl >> 16);
	dns_put16(m, ttl & 0xffff);
	dns_put16(m, 0);
	return m->n;
}

static inline void dns_record_end(struct dns_message *m, size_t start)
{
	m->p[start - 2] = (unsigned char)((m->n - start) >> 8);
	m->p[start - 1] = (unsigned char)(m->n - start);
}

static inline void dns_srv(struct dns_message *m, const char *name,
			   uint32_t ttl, unsigned priority, unsigned weight,
			   unsigned port, const char *target)
{
	size_t start = dns_record(m, name, DNS_SRV, ttl);

	dns_put16(m, priority);
	dns_put16(m, weight);
	dns_put16(m, port);
	dns_put_name(m, target);
	dns_record_end(m, start);
}

static inline void dns_naptr(struct dns_message *m, const char *name,
			     uint32_t ttl, unsigned order, unsigned preference,
			     const char *flags, const char *service,
			     const char *replacement)
{
	size_t start = dns_record(m, name, DNS_NAPTR, ttl);

	dns_put16(m, order);
	dns_put16(m, preference);
	dns_put_text(m, flags);
	dns_put_text(m, service);
	dns_put_text(m, "");
	dns_put_name(m, replacement);
	dns_record_end(m, start);
}

static inline void dns_address(struct dns_message *m, const char *name,
			       uint32_t ttl, const char *address)
{
	union endpoint e = bed_at(address, 0);
	bool is_v6 = e.sa.sa_family == AF_INET6;
	size_t start = dns_record(m, name, is_v6 ? DNS_AAAA : DNS_A, ttl);

	if (is_v6)
		dns_put(m, &e.in6.sin6_addr, 16);
	else
		dns_put(m, &e.in.sin_addr, 4);
	dns_record_end(m, start);
}

static inline void dns_cname(struct dns_message *m, const char *name,
			     uint32_t ttl, const char *target)
{
	size_t start = dns_record(m, name, DNS_CNAME, ttl);

	dns_put_name(m, target);
	dns_record_end(m, start);
}

/* One record of the server's table, as text:
 *   A, AAAA, CNAME: the address or name
 *   SRV "priority weight port target", NAPTR "order preference flag service
 *   replacement". ttl 0 means 300. */
struct dns_row {
	const char *name;
	unsigned type;
	const char *data;
	uint32_t ttl;
};

enum dns_mood { DNS_WELL, DNS_SILENT, DNS_SERVFAIL, DNS_GARBAGE };

struct dns_server {
	struct loop_watch watch;
	int fd;
	union endpoint at;
	char text[64];		    /* "127.0.0.1:port" */
	const struct dns_row *rows; /* the last has no name */
	enum dns_mood mood;
	unsigned silent_type; /* this one is never answered */
	unsigned questions;
};

static inline void dns_row_write(struct dns_message *m, const struct dns_row *r)
{
	unsigned a = 0, b = 0, c = 0;
	char x[64] = "", y[64] = "", z[128] = "";
	uint32_t ttl = r->ttl ? r->ttl : 300;

	switch (r->type) {
	case DNS_SRV:
		assert_true(sscanf(r->data, "%u %u %u %127s", &a, &b, &c, z) >=
			    3);
		dns_srv(m, r->name, ttl, a, b, c, z);
		break;
	case DNS_NAPTR:
		assert_int_equal(sscanf(r->data, "%u %u %63s %63s %127s", &a,
					&b, x, y, z),
				 5);
		dns_naptr(m, r->name, ttl, a, b, x, y, z);
		break;
	case DNS_CNAME:
		dns_cname(m, r->name, ttl, r->data);
		break;
	default:
		dns_address(m, r->name, ttl, r->data);
	}
}

static inline bool dns_rows_write(const struct dns_server *s,
				  struct dns_message *m, const char *name,
				  unsigned type)
{
	bool is_there = false;

	for (const struct dns_row *r = s->rows; r && r->name; r++) {
		if (strcasecmp(r->name, name) != 0)
			continue;
		is_there = true;
		if (r->type == type)
			dns_row_write(m, r);
		if (r->type == DNS_CNAME && type != DNS_CNAME) {
			dns_row_write(m, r);
			dns_rows_write(s, m, r->data, type);
		}
	}
	return is_there;
}

static inline void dns_answer(struct dns_server *s, const unsigned char *q,
			      size_t n, const union endpoint *to)
{
	struct dns_message m;
	char name[256] = "";
	size_t at = 12, len = 0;
	unsigned type;

	while (at < n && q[at] != 0) {
		assert_true(len + q[at] + 1 < sizeof(name) && at + q[at] < n);
		if (len > 0)
			name[len++] = '.';
		memcpy(name + len, q + at + 1, q[at]);
		len += q[at];
		at += 1u + q[at];
	}
	assert_true(at + 3 <= n);
	type = (unsigned)q[at + 1] << 8 | q[at + 2];
	if (type == s->silent_type)
		return;
	dns_begin(&m, (unsigned)q[0] << 8 | q[1], name, type);
	if (s->mood == DNS_SERVFAIL)
		m.p[3] |= 2;
	else if (!dns_rows_write(s, &m, name, type))
		m.p[3] |= 3; /* NXDOMAIN */
	if (s->mood == DNS_GARBAGE)
		memset(m.p + 12, 0xff, m.n - 12);
	sendto(s->fd, m.p, m.n, 0, &to->sa, endpoint_bytes(to));
}

static inline void dns_on_ready(void *arg, unsigned events)
{
	struct dns_server *s = arg;
	unsigned char q[1024];
	union endpoint from = { 0 };
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(s->fd, q, sizeof(q), MSG_DONTWAIT, &from.sa, &len);

	(void)events;
	if (n < 12)
		return;
	s->questions++;
	if (s->mood != DNS_SILENT)
		dns_answer(s, q, (size_t)n, &from);
}

static inline void dns_server_init(struct dns_server *s, struct bed *b,
				   const struct dns_row *rows)
{
	memset(s, 0, sizeof(*s));
	s->rows = rows;
	s->fd = bed_udp("127.0.0.1", &s->at);
	snprintf(s->text, sizeof(s->text), "127.0.0.1:%u",
		 endpoint_port(&s->at));
	assert_true(loop_watch_open(b->loop, &s->watch, s->fd, LOOP_IN,
				    dns_on_ready, s));
}

static inline void dns_server_fini(struct dns_server *s)
{
	loop_watch_close(&s->watch);
	close(s->fd);
}

#endif
