#ifndef STOX_XMPP_PLAIN_H
#define STOX_XMPP_PLAIN_H
#include "xmpp/stream.h"

/* The everyday stanza, read without expat, for a third of what a message costs
 * (docs/performance.md): a whole element with all within it, names of ASCII
 * letters without a prefix, values without references, text with the five of
 * XML at most. It must be one that expat would make the same tree of;
 * tests/fuzz/fuzz_stream.c compares them. Whatever is the least bit unusual, or
 * over a limit, or not whole, is expat's: so is every refusal.
 *
 * s begins where a stanza of a stream may begin whose default namespace is
 * NS_COMPONENT. Returns how many bytes the stanza has, with its tree in *out,
 * whose texts point into s and a; or 0 for what is to be left to expat. */
size_t plain_read(struct arena *a, struct str s,
		  const struct stream_limits *limits, struct xml **out);

/* Where the stanza that begins at s and is not plain may end, behind its first
 * `from` bytes; s.n if nothing looks like it. A guess, which decides no more
 * than how much expat gets before plain_read has its next chance. */
size_t plain_guess_end(struct str s, size_t from);

#endif
