#include "mapping/fate.h"

/* Those that are for now. Everything else is final: 403, 404, 603 and the like
 * are about who, 413, 415, 488 about what, 482, 483, 505 about the path. */
static const struct fate_row rows[] = {
	{ 408, false }, /* nobody answered */
	{ 413, true },	/* RFC 3261 §21.4.11: for now, if it says so */
	{ 430, false }, /* the flow to the phone has gone (RFC 5626) */
	{ 480, false }, /* not signed in, or does not want to be disturbed */
	{ 486, false }, /* on the phone */
	{ 500, true },	{ 502, false }, /* what is between did not work */
	{ 503, false }, { 504, false }, { 600, true }, { 603, true },
};
enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

enum fate fate_of(int status, bool has_retry_after, bool is_404_away)
{
	if (status < 300)
		return FATE_TAKEN;
	if (status == 404)
		return is_404_away ? FATE_AWAY : FATE_REFUSED;
	for (unsigned i = 0; i < ROW_COUNT; i++) {
		if (rows[i].status == status &&
		    (has_retry_after || !rows[i].needs_retry_after))
			return FATE_AWAY;
	}
	return FATE_REFUSED;
}

bool fate_row(unsigned i, struct fate_row *out)
{
	if (i >= ROW_COUNT)
		return false;
	*out = rows[i];
	return true;
}
