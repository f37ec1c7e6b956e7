#include "mapping/activity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "doctable.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define DOCS	     STOX_SOURCE_DIR "/docs/presence.md"

/* Each bit has one name, one row, and both lead to it. */
static void names_and_bits(void **state)
{
	struct activity_row row;
	unsigned seen = 0;
	size_t i;

	(void)state;
	for (i = 0; activity_row(i, &row); i++) {
		assert_int_equal(activity_read(row.name), row.bit);
		assert_true(str_eq(activity_name(row.bit), row.name));
		assert_int_equal(seen & row.bit, 0);
		assert_int_equal(row.bit & (row.bit - 1), 0);
		seen |= row.bit;
	}
	assert_int_equal(seen, ACTIVITY_OTHER - 1);
	assert_int_equal(activity_read(STR_LIT("On-The-Phone")),
			 ACTIVITY_ON_THE_PHONE);
	assert_int_equal(activity_read(STR_LIT("lunch")), ACTIVITY_OTHER);
	assert_int_equal(activity_read(STR_LIT("unknown")), 0);
	assert_int_equal(activity_read(STR_NONE), 0);
	assert_int_equal(activity_name(ACTIVITY_OTHER).n, 0);
}

static void the_first_that_is_set(void **state)
{
	static const struct {
		unsigned activities;
		enum presence_show show;
		const char *words;
	} rows[] = {
		{ 0, SHOW_NONE, "" },
		{ ACTIVITY_OTHER, SHOW_NONE, "" },
		{ ACTIVITY_AWAY, SHOW_AWAY, "" },
		{ ACTIVITY_BUSY, SHOW_DND, "" },
		{ ACTIVITY_AWAY | ACTIVITY_BUSY, SHOW_DND, "" },
		{ ACTIVITY_AWAY | ACTIVITY_SLEEPING, SHOW_XA, "Sleeping" },
		{ ACTIVITY_VACATION | ACTIVITY_ON_THE_PHONE, SHOW_DND,
		  "On the phone" },
		{ ACTIVITY_OTHER | ACTIVITY_HOLIDAY, SHOW_XA, "On holiday" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(activity_show(rows[i].activities),
				 rows[i].show);
		assert_true(str_eqz(activity_words(rows[i].activities),
				    rows[i].words));
	}
}

/* What goes out with a show means that show, as far as RPID can say it. */
static void shows_and_back(void **state)
{
	static const struct {
		enum presence_show show;
		unsigned bit;
		enum presence_show back;
	} rows[] = {
		{ SHOW_NONE, 0, SHOW_NONE },
		{ SHOW_CHAT, 0, SHOW_NONE },
		{ SHOW_AWAY, ACTIVITY_AWAY, SHOW_AWAY },
		{ SHOW_XA, ACTIVITY_AWAY, SHOW_AWAY },
		{ SHOW_DND, ACTIVITY_BUSY, SHOW_DND },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(activity_of_show(rows[i].show), rows[i].bit);
		assert_int_equal(activity_show(rows[i].bit), rows[i].back);
	}
}

static void notes(void **state)
{
	enum presence_show show = SHOW_XA;

	(void)state;
	assert_int_equal(activity_note(STR_LIT("On The Phone"), &show),
			 NOTE_SHOW);
	assert_int_equal(show, SHOW_DND);
	assert_int_equal(activity_note(STR_LIT("READY"), &show), NOTE_STATE);
	assert_int_equal(activity_note(STR_LIT("Ringing"), &show),
			 NOTE_RINGING);
	assert_int_equal(activity_note(STR_LIT("On the phone with Bob"), &show),
			 NOTE_FREE);
	assert_int_equal(activity_note(STR_NONE, &show), NOTE_FREE);
	/* only NOTE_SHOW says one */
	assert_int_equal(show, SHOW_DND);
}

static void docs_print_the_tables(void **state)
{
	struct activity_note_row note;
	struct activity_row row;
	struct doctable t;
	size_t i;

	(void)state;
	doctable_open(&t, DOCS, "### Activities");
	for (i = 0; activity_row(i, &row); i++)
		doctable_row(&t, "| %.*s | %.*s | %.*s |", STR_ARG(row.name),
			     STR_ARG(presence_show_name(row.show)),
			     STR_ARG(row.words));
	doctable_end(&t);
	doctable_open(&t, DOCS, "### Notes");
	for (i = 0; activity_note_row(i, &note); i++) {
		struct str show = presence_show_name(note.show);

		if (note.kind == NOTE_STATE)
			show = STR_LIT("dropped");
		else if (note.kind == NOTE_RINGING)
			show = STR_LIT("none");
		doctable_row(&t, "| %.*s | %.*s |", STR_ARG(note.note),
			     STR_ARG(show));
	}
	doctable_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_bits),
		cmocka_unit_test(the_first_that_is_set),
		cmocka_unit_test(shows_and_back),
		cmocka_unit_test(notes),
		cmocka_unit_test(docs_print_the_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
