#ifndef STOX_MAPPING_ACTIVITY_H
#define STOX_MAPPING_ACTIVITY_H
#include "mapping/pidf.h"

/* What RPID activities (RFC 4480 §3.2) and the notes of telephones mean for
 * <show/>, one table each, read in both directions. docs/presence.md is checked
 * against them. */

/* "on-the-phone" -> ACTIVITY_ON_THE_PHONE; ACTIVITY_OTHER for a name without a
 * bit; 0 for "unknown", which says nothing. Without regard to case. */
unsigned activity_read(struct str name);
/* The name of one bit; none for ACTIVITY_OTHER. */
struct str activity_name(unsigned bit);
/* What a set of bits says, by the first row of the table that is set: the show,
 * and English words where the show alone would hide something; none else. */
enum presence_show activity_show(unsigned activities);
struct str activity_words(unsigned activities);
/* The activity that goes out with a show; 0 for none and chat. */
unsigned activity_of_show(enum presence_show show);

enum note_kind {
	NOTE_FREE,    /* words of somebody */
	NOTE_STATE,   /* "open", "Ready": repeats what <basic> says */
	NOTE_SHOW,    /* "On the phone": a show, unless something better says */
	NOTE_RINGING, /* Asterisk says busy with it, but nobody has answered */
};
/* What a note stands for; *show is set for NOTE_SHOW only. */
enum note_kind activity_note(struct str note, enum presence_show *show);

/* For docs and tests: row i of each table, false behind its end. */
struct activity_row {
	unsigned bit;
	struct str name;
	enum presence_show show;
	struct str words;
};
struct activity_note_row {
	struct str note; /* in lower case */
	enum note_kind kind;
	enum presence_show show;
};
bool activity_row(size_t i, struct activity_row *out);
bool activity_note_row(size_t i, struct activity_note_row *out);

#endif
