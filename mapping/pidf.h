#ifndef STOX_MAPPING_PIDF_H
#define STOX_MAPPING_PIDF_H
#include <stdbool.h>
#include <stdint.h>
#include "gateway/base/arena.h"
#include "xmpp/stanza.h"

/* A presence document: PIDF (RFC 3863) with the data model (RFC 4479), RPID
 * (RFC 4480, and its older namespaces) and <show xmlns='jabber:client'>
 * (RFC 8048 §6.2); read also from xpidf (Microsoft, RFC 3863's elder). */
enum basic { BASIC_NONE, BASIC_OPEN, BASIC_CLOSED };

/* RPID activities that mean something to us, as bits. */
enum activity {
	ACTIVITY_AWAY = 1 << 0,
	ACTIVITY_BUSY = 1 << 1,
	ACTIVITY_ON_THE_PHONE = 1 << 2,
	ACTIVITY_MEETING = 1 << 3,
	ACTIVITY_PRESENTATION = 1 << 4,
	ACTIVITY_PERFORMANCE = 1 << 5,
	ACTIVITY_VACATION = 1 << 6,
	ACTIVITY_HOLIDAY = 1 << 7,
	ACTIVITY_SLEEPING = 1 << 8,
	ACTIVITY_PERMANENT_ABSENCE = 1 << 9,
	ACTIVITY_OTHER = 1 << 10 /* any other one, named in `other` */
};

struct pidf_tuple {
	struct pidf_tuple *next;
	struct str id;
	enum basic basic;
	bool has_show;
	enum presence_show show;
	unsigned activities; /* enum activity */
	struct str other;    /* the first activity without a bit */
	struct str contact;  /* URI as written */
	int priority_milli;  /* 0..1000; -1: not said */
	struct text *notes;
	struct str timestamp;  /* as written */
	struct str idle_since; /* user-input's last-input, in UTC; none */
	bool is_idle;
};

struct pidf {
	struct str entity;
	struct pidf_tuple *tuples;
	struct text *notes; /* of the document */
	struct text *person_notes;
	struct text *device_notes;
	unsigned activities; /* of the person, all of them */
	struct str other;    /* the first activity without a bit */
	/* Written only (leanings.h): an activity by its name, and the mood. */
	struct str pursuit, activity_note;
	struct str mood, mood_other, mood_note;
	struct str idle_since;
	bool is_idle;
};

enum {
	PIDF_MAX_BYTES = 65536,
	PIDF_WHOLE_BYTES = 12288, /* of a document with its notes as they are */
	PIDF_TUPLES_MAX = 64,	  /* more are passed over */
	PIDF_NOTES_MAX = 16	  /* in one place; more are passed over */
};

#define NS_PIDF	      "urn:ietf:params:xml:ns:pidf"
#define NS_PIDF_MODEL "urn:ietf:params:xml:ns:pidf:data-model"
#define NS_PIDF_RPID  "urn:ietf:params:xml:ns:pidf:rpid"

/* Reads a tree (stream_document made it). Tolerant: any prefix, any order,
 * unknown elements ignored, bad values passed over. false and static *why only
 * when it is no presence document at all. Slices borrow from the tree. */
bool pidf_read(struct arena *a, const struct xml *doc, struct pidf *out,
	       const char **why);
/* Writes a document that is valid against the RFC 3863, 4479 and 4480 schemas,
 * as far as the ids are NCNames and differ: XML declaration, default namespace
 * PIDF, prefixes dm: and rpid:, elements in schema order, <basic> without
 * attributes or blanks (some phones read it as text). Activities go to the
 * person only (RFC 4480 Table 1), device notes nowhere; languages and times
 * that are none are left out. At least one tuple (asserted). */
void pidf_write(struct strbuf *b, const struct pidf *p);
/* The same into an empty b. What would be longer than PIDF_WHOLE_BYTES has the
 * notes of its tuples cut: a long status must not keep from a phone who is
 * there. */
void pidf_write_short(struct arena *a, struct strbuf *b, const struct pidf *p);

#endif
