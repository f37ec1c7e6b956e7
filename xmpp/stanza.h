#ifndef STOX_XMPP_STANZA_H
#define STOX_XMPP_STANZA_H
#include <stdbool.h>
#include "gateway/base/fault.h"
#include "xmpp/jid.h"
#include "xmpp/xml.h"

/* Typed stanzas (RFC 6120 §8, RFC 6121). Slices borrow from the tree. */
enum stanza_kind { STANZA_MESSAGE, STANZA_PRESENCE, STANZA_IQ };

enum message_type {
	MESSAGE_NORMAL,
	MESSAGE_CHAT,
	MESSAGE_GROUPCHAT,
	MESSAGE_HEADLINE,
	MESSAGE_ERROR
};
enum presence_type {
	PRESENCE_AVAILABLE,
	PRESENCE_UNAVAILABLE,
	PRESENCE_SUBSCRIBE,
	PRESENCE_SUBSCRIBED,
	PRESENCE_UNSUBSCRIBE,
	PRESENCE_UNSUBSCRIBED,
	PRESENCE_PROBE,
	PRESENCE_ERROR
};
enum presence_show { SHOW_NONE, SHOW_AWAY, SHOW_CHAT, SHOW_DND, SHOW_XA };
enum iq_type { IQ_GET, IQ_SET, IQ_RESULT, IQ_ERROR };

/* A text in one language: body, subject, status. lang is none if not said. */
struct text {
	struct text *next;
	struct str lang;
	struct str s;
};

struct message {
	enum message_type type;
	struct text
		*subject; /* each language, in order; NULL when there is none */
	struct text *body;
	struct str thread;
	struct str parent_thread;
	struct str delay_stamp; /* XEP-0203, as text; none when not delayed */
	const struct xml *extra; /* for writing only: further children, a chain
				    over xml.next; or NULL */
};

struct presence {
	enum presence_type type;
	enum presence_show show;
	struct text *status;
	int priority; /* -128..127, 0 by default */
};

struct iq {
	enum iq_type type;
	/* The first child element; NULL when there is none, or when it is the
	 * <error/> of an error. */
	const struct xml *payload;
};

struct stanza {
	enum stanza_kind kind;
	struct jid from, to;
	struct str id;	      /* none if absent */
	struct str lang;      /* xml:lang */
	const struct xml *el; /* the whole element, for what is not named here;
				 NULL in stanzas made for writing */
	/* type='error' only: the refusal it carries (status left 0) */
	struct fault error;
	union {
		struct message message;
		struct presence presence;
		struct iq iq;
	} u;
};

/* Reads an element of the stream. false with *why (status 400 and a condition)
 * when it is no stanza, or lacks or spoils from, to or type; *is_reply_wanted
 * then tells whether the sender may be sent an error: never for errors, iq
 * results, or without a usable from. out->from/to/id hold what could be read.
 * (On success it says the same of the stanza that was read.) */
bool stanza_read(struct arena *a, const struct xml *el, struct stanza *out,
		 struct fault *why, bool *is_reply_wanted);

/* The text in lang if there is one, else that without a language, else the
 * first; NULL only for an empty list (RFC 6121 §5.2.3). */
const struct text *text_choose(const struct text *list, struct str lang);

/* Writers. Each appends one whole element, in the stream's own namespace; one
 * of type error carries s->error. */
/* from, to, id, lang, type, subject, body, thread; then, for messages with
 * delay_stamp, <delay/> from the domain of s->from (XEP-0203). extra (may be
 * NULL): further children, a chain over xml.next. */
void message_write(struct strbuf *b, const struct stanza *s,
		   const struct xml *extra);
void presence_write(struct strbuf *b, const struct stanza *s,
		    const struct xml *extra);
/* payload NULL: an empty iq. */
void iq_write(struct strbuf *b, const struct stanza *s,
	      const struct xml *payload);
/* The error reply to s (RFC 6120 §8.3): from and to swapped, the same id; where
 * s->to is no address (stanza_read refused it) the caller sets it first, since
 * the stream wants a from. Must not be called for a stanza that is an error
 * itself (asserted). text gets xml:lang='en'. */
void error_write(struct strbuf *b, const struct stanza *s,
		 const struct fault *f);
/* The empty result reply to an iq, with payload. */
void result_write(struct strbuf *b, const struct stanza *s,
		  const struct xml *payload);

struct str message_type_name(enum message_type t);
struct str presence_type_name(enum presence_type t); /* none for available */
struct str presence_show_name(enum presence_show s); /* none for SHOW_NONE */
bool presence_show_read(struct str name, enum presence_show *out);

#endif
