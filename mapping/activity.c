#include "mapping/activity.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The first one that is set decides: who is on the telephone on his holidays is
 * busy. RFC 4480 §3.2 knows more of them; they say nothing about how welcome a
 * message is. */
static const struct activity_row rows[] = {
	{ ACTIVITY_ON_THE_PHONE, STR("on-the-phone"), SHOW_DND,
	  STR("On the phone") },
	{ ACTIVITY_MEETING, STR("meeting"), SHOW_DND, STR("In a meeting") },
	{ ACTIVITY_PRESENTATION, STR("presentation"), SHOW_DND,
	  STR("Presentation") },
	{ ACTIVITY_PERFORMANCE, STR("performance"), SHOW_DND,
	  STR("Performance") },
	{ ACTIVITY_BUSY, STR("busy"), SHOW_DND, STR("") },
	{ ACTIVITY_PERMANENT_ABSENCE, STR("permanent-absence"), SHOW_XA,
	  STR("Absent") },
	{ ACTIVITY_VACATION, STR("vacation"), SHOW_XA, STR("On vacation") },
	{ ACTIVITY_HOLIDAY, STR("holiday"), SHOW_XA, STR("On holiday") },
	{ ACTIVITY_SLEEPING, STR("sleeping"), SHOW_XA, STR("Sleeping") },
	{ ACTIVITY_AWAY, STR("away"), SHOW_AWAY, STR("") },
};

/* RPID knows no extended away. */
static const struct {
	enum presence_show show;
	unsigned bit;
} shows[] = {
	{ SHOW_AWAY, ACTIVITY_AWAY },
	{ SHOW_XA, ACTIVITY_AWAY },
	{ SHOW_DND, ACTIVITY_BUSY },
};

/* Asterisk, FreeSWITCH, libpurple, pjsip, eyeBeam. */
static const struct activity_note_row notes[] = {
	{ STR("open"), NOTE_STATE, SHOW_NONE },
	{ STR("closed"), NOTE_STATE, SHOW_NONE },
	{ STR("available"), NOTE_STATE, SHOW_NONE },
	{ STR("unavailable"), NOTE_STATE, SHOW_NONE },
	{ STR("online"), NOTE_STATE, SHOW_NONE },
	{ STR("offline"), NOTE_STATE, SHOW_NONE },
	{ STR("not online"), NOTE_STATE, SHOW_NONE },
	{ STR("ready"), NOTE_STATE, SHOW_NONE },
	{ STR("ringing"), NOTE_RINGING, SHOW_NONE },
	{ STR("on the phone"), NOTE_SHOW, SHOW_DND },
	{ STR("on hold"), NOTE_SHOW, SHOW_DND },
	{ STR("busy"), NOTE_SHOW, SHOW_DND },
	{ STR("do not disturb"), NOTE_SHOW, SHOW_DND },
	{ STR("in a meeting"), NOTE_SHOW, SHOW_DND },
	{ STR("away"), NOTE_SHOW, SHOW_AWAY },
	{ STR("be right back"), NOTE_SHOW, SHOW_AWAY },
	{ STR("out to lunch"), NOTE_SHOW, SHOW_AWAY },
};

unsigned activity_read(struct str name)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (str_ieq(rows[i].name, name))
			return rows[i].bit;
	}
	return name.n == 0 || str_ieqz(name, "unknown") ? 0 : ACTIVITY_OTHER;
}

struct str activity_name(unsigned bit)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].bit == bit)
			return rows[i].name;
	}
	return STR_NONE;
}

static const struct activity_row *first_of(unsigned activities)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].bit & activities)
			return &rows[i];
	}
	return NULL;
}

enum presence_show activity_show(unsigned activities)
{
	const struct activity_row *r = first_of(activities);

	return r != NULL ? r->show : SHOW_NONE;
}

struct str activity_words(unsigned activities)
{
	const struct activity_row *r = first_of(activities);

	return r != NULL && r->words.n > 0 ? r->words : STR_NONE;
}

unsigned activity_of_show(enum presence_show show)
{
	for (size_t i = 0; i < COUNT(shows); i++) {
		if (shows[i].show == show)
			return shows[i].bit;
	}
	return 0;
}

enum note_kind activity_note(struct str note, enum presence_show *show)
{
	for (size_t i = 0; i < COUNT(notes); i++) {
		if (!str_ieq(notes[i].note, note))
			continue;
		if (notes[i].kind == NOTE_SHOW)
			*show = notes[i].show;
		return notes[i].kind;
	}
	return NOTE_FREE;
}

bool activity_row(size_t i, struct activity_row *out)
{
	if (i >= COUNT(rows))
		return false;
	*out = rows[i];
	return true;
}

bool activity_note_row(size_t i, struct activity_note_row *out)
{
	if (i >= COUNT(notes))
		return false;
	*out = notes[i];
	return true;
}
