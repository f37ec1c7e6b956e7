#ifndef BENCH_SIPVIEW_H
#define BENCH_SIPVIEW_H
#include <stddef.h>

/* The few lines of a SIP message that an answer repeats. Whole lines without
 * their CRLF, borrowed; the least that a program can read. */
struct span {
	const char *p;
	size_t n;
};
struct sipview {
	struct span start, via, from, to, call_id, cseq, body;
	size_t bytes; /* of the whole message, by its Content-Length */
};

/* 1: a message; 0: more bytes are needed; -1: not understood. */
int sipview_read(const char *p, size_t n, struct sipview *v);
/* An answer of that status to out; returns its length. `tag` goes to To;
 * source (";received=..;rport=..") behind the Via. */
size_t sipview_answer(const struct sipview *v, const char *status,
		      const char *tag, struct span source, char *out);
/* What is between the first `from` and the next `to` in s; none: n is 0. */
struct span span_between(struct span s, const char *from, char to);

#endif
