#ifndef STOX_GATEWAY_ADMIN_ADMIN_H
#define STOX_GATEWAY_ADMIN_ADMIN_H
#include <stdbool.h>
#include <stddef.h>
#include "gateway/base/str.h"

struct arena;
struct bridge;
struct trace;
struct link;

/* The commands of users and admins: one table (admincommands.c), which the
 * control socket, ad-hoc commands and chat lines share. A handler knows nothing
 * of how it was called: arguments come in as checked words, text goes out. */
enum admin_role { ADMIN_USER, ADMIN_ADMIN };
enum admin_lang { ADMIN_EN, ADMIN_DE, ADMIN_LANGS };
enum admin_type {
	ADMIN_WORD,    /* anything without blanks, or quoted */
	ADMIN_CHOICE,  /* one of choices */
	ADMIN_NUMBER,  /* min..max: numbers[] has it */
	ADMIN_JID,     /* a JID, prepared, without a resource */
	ADMIN_ADDRESS, /* a JID or a sip:, tel:, im: or pres: URI */
	ADMIN_TEXT,    /* the rest of the line; the last argument */
	ADMIN_SECRET   /* never a word of `stoxd ctl`, which reads it from its
			  standard input; the last argument */
};
/* The numbers are exit codes of `stoxd ctl` (docs/man/stoxd.8). */
enum admin_status {
	ADMIN_OK = 0,
	ADMIN_FAILED = 1, /* out says why */
	ADMIN_USAGE = 2,  /* no such command, or wrong arguments */
	ADMIN_FORBIDDEN = 6
};

enum {
	ADMIN_ARGS_MAX = 4,
	ADMIN_WORDS_MAX = ADMIN_ARGS_MAX + 2, /* one too many is seen */
	ADMIN_LINE_MAX_BYTES = 4096,
	ADMIN_OUT_MAX_BYTES = 1024 * 1024
};

struct admin_arg {
	const char *name; /* NULL ends the list */
	enum admin_type type;
	bool is_optional;	    /* and so are those after it */
	const char *const *choices; /* CHOICE; NULL ends */
	unsigned long min, max;
	const char *help[ADMIN_LANGS];
};

/* An answer that takes a while. */
struct admin_later {
	enum admin_lang lang;
	/* Text as it would be in out. Called exactly once; l is gone then. */
	void (*done)(struct admin_later *l, bool is_done, struct str text);
};

/* One call. Whoever calls fills in all but what stands below. */
struct admin_call {
	struct bridge *bridge; /* borrowed */
	enum admin_role role;
	enum admin_lang lang;
	struct str by;	   /* for the log: "socket uid 0", "xmpp" */
	struct str jid;	   /* bare JID of who asks; none: the socket */
	struct link *link; /* borrowed: whom he asked; NULL: the socket */
	/* For admin_defer; NULL: who asks cannot wait. Never so with
	 * is_personal commands. */
	struct admin_later *(*defer)(struct admin_call *c);
	struct arena *a;    /* borrowed: of the turn */
	struct strbuf *out; /* borrowed: lines, each ended by LF */
	bool can_stream;    /* it takes what a handler leaves in stream */
	/* what the handler gets */
	struct str args[ADMIN_ARGS_MAX]; /* none: left out */
	unsigned long numbers[ADMIN_ARGS_MAX];
	struct trace
		*stream;  /* goes on after the answer; owned by the bridge */
	bool is_deferred; /* the answer comes later: out does not count */
};

/* false: it could not be done, and out says why. */
typedef bool admin_fn(struct admin_call *c);

struct admin_command {
	const char *name; /* NULL ends the table */
	enum admin_role who;
	bool is_personal; /* of a user about himself: not from the socket */
	bool is_local;	  /* from the socket only: a secret comes with it */
	struct admin_arg args[ADMIN_ARGS_MAX + 1];
	const char *help[ADMIN_LANGS]; /* one sentence */
	admin_fn *fn;
};

/* The table, in the order of help (admincommands.c). */
const struct admin_command *admin_commands(void);
/* NULL: there is none of that name, or not for that role. */
const struct admin_command *admin_find(struct str name, enum admin_role role);

/* words[0] is the command's name. Checks who may and what was given, calls the
 * handler. Whatever happens, out has at least one line for people, of printable
 * UTF-8. */
enum admin_status admin_run(struct admin_call *c, const struct str *words,
			    size_t count);
/* The same of one line: words apart by blanks; "..." keeps blanks, with \" and
 * \\ inside. Arguments of ADMIN_TEXT take the rest as it is; before one, the
 * groups of a telephone number that begins with + are one word. */
enum admin_status admin_line(struct admin_call *c, struct str line);

/* Only that line's words: the command's name first. Slices are in a or borrowed
 * from line; what is behind ADMIN_WORDS_MAX is left out. false: a quote is not
 * closed. */
bool admin_words(struct arena *a, struct str line,
		 struct str words[ADMIN_WORDS_MAX], size_t *count);

/* Each command with its arguments, one a line: what completion goes by. */
void admin_doc_write(struct strbuf *b);

/* "en", "de-AT", "de_DE.UTF-8" ...; what is not known is English. */
enum admin_lang admin_lang_read(struct str tag);

/* --- for handlers */

/* The text in the caller's language. */
const char *admin_t(const struct admin_call *c, const char *en, const char *de)
	__attribute__((format_arg(2), format_arg(3)));
/* The answer will be given to it, later. */
struct admin_later *admin_defer(struct admin_call *c);
/* One line. */
void admin_say(struct admin_call *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* One line "name: value". */
void admin_row(struct admin_call *c, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* "name ARG [ARG]", without what is secret */
void admin_usage_write(struct strbuf *b, const struct admin_command *m);
/* "1 d 2 h 3 min" */
struct str admin_duration(struct arena *a, unsigned long long seconds);

#endif
