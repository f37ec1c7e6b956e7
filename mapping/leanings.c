#include "mapping/leanings.h"
#include "mapping/activity.h"
#include "xmpp/ns.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The first that fits: a specific one before its general one. */
static const struct leaning_row rows[] = {
	{ STR("eating"), STR("having_breakfast"), STR("breakfast") },
	{ STR("eating"), STR("having_dinner"), STR("dinner") },
	{ STR("eating"), STR("having_lunch"), STR("lunch") },
	{ STR("eating"), STR(""), STR("meal") },
	{ STR("having_appointment"), STR(""), STR("appointment") },
	{ STR("inactive"), STR("on_vacation"), STR("vacation") },
	{ STR("inactive"), STR("praying"), STR("worship") },
	{ STR("inactive"), STR("scheduled_holiday"), STR("holiday") },
	{ STR("inactive"), STR("sleeping"), STR("sleeping") },
	{ STR("relaxing"), STR("gaming"), STR("playing") },
	{ STR("relaxing"), STR("shopping"), STR("shopping") },
	{ STR("relaxing"), STR("watching_a_movie"), STR("tv") },
	{ STR("relaxing"), STR("watching_tv"), STR("tv") },
	{ STR("talking"), STR("on_the_phone"), STR("on-the-phone") },
	{ STR("talking"), STR("on_video_phone"), STR("on-the-phone") },
	{ STR("traveling"), STR("driving"), STR("steering") },
	{ STR("traveling"), STR("on_a_trip"), STR("travel") },
	{ STR("traveling"), STR(""), STR("in-transit") },
	{ STR("working"), STR("in_a_meeting"), STR("meeting") },
	{ STR("working"), STR(""), STR("working") },
};

/* Named alike on both sides; XEP-0107 has more, RPID has not. */
static const struct str moods[] = {
	STR("afraid"),	     STR("amazed"),	STR("angry"),
	STR("annoyed"),	     STR("anxious"),	STR("ashamed"),
	STR("bored"),	     STR("brave"),	STR("calm"),
	STR("cold"),	     STR("confused"),	STR("contented"),
	STR("cranky"),	     STR("curious"),	STR("depressed"),
	STR("disappointed"), STR("disgusted"),	STR("distracted"),
	STR("embarrassed"),  STR("excited"),	STR("flirtatious"),
	STR("frustrated"),   STR("grumpy"),	STR("guilty"),
	STR("happy"),	     STR("hot"),	STR("humbled"),
	STR("humiliated"),   STR("hungry"),	STR("hurt"),
	STR("impressed"),    STR("in_awe"),	STR("in_love"),
	STR("indignant"),    STR("interested"), STR("invincible"),
	STR("jealous"),	     STR("lonely"),	STR("mean"),
	STR("moody"),	     STR("nervous"),	STR("neutral"),
	STR("offended"),     STR("playful"),	STR("proud"),
	STR("relieved"),     STR("remorseful"), STR("restless"),
	STR("sad"),	     STR("sarcastic"),	STR("serious"),
	STR("shocked"),	     STR("shy"),	STR("sick"),
	STR("sleepy"),	     STR("stressed"),	STR("surprised"),
	STR("thirsty"),	     STR("worried"),
};

static const struct str OTHER = STR("other");

/* The first child that is not <text/>; none when there is none, and for
 * <undefined/>, which says nothing. */
static const struct xml *value_of(const struct xml *x, const char *ns)
{
	const struct xml *c;

	for (c = x != NULL ? x->child : NULL; c != NULL; c = c->next)
		if (c->name.n > 0 && str_eqz(c->ns, ns) &&
		    !str_eqz(c->name, "text"))
			return str_eqz(c->name, "undefined") ? NULL : c;
	return NULL;
}

static struct str note_of(struct arena *a, const struct xml *x, const char *ns)
{
	const struct xml *text = xml_child(x, "text", ns);
	struct str s = text != NULL ? str_trim(xml_text(a, text)) : STR_NONE;

	return s.n <= LEANING_NOTE_MAX_BYTES ? s : STR_NONE;
}

static void read_activity(struct arena *a, const struct xml *x,
			  struct leaning *out)
{
	const struct xml *general = value_of(x, NS_ACTIVITY);
	const struct xml *specific = value_of(general, NS_ACTIVITY);
	struct str word = specific != NULL ? specific->name : STR_NONE;

	if (general == NULL)
		return;
	out->note = note_of(a, x, NS_ACTIVITY);
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (!str_eq(rows[i].general, general->name) ||
		    (rows[i].specific.n > 0 && !str_eq(rows[i].specific, word)))
			continue;
		out->name = rows[i].name;
		out->bit =
			activity_read(rows[i].name) & ~(unsigned)ACTIVITY_OTHER;
		return;
	}
	out->name = OTHER;
	out->word = word.n > 0 ? word : general->name;
}

static void read_mood(struct arena *a, const struct xml *x, struct leaning *out)
{
	const struct xml *value = value_of(x, NS_MOOD);

	if (value == NULL)
		return;
	out->note = note_of(a, x, NS_MOOD);
	out->name = OTHER;
	out->word = value->name;
	for (size_t i = 0; i < COUNT(moods); i++) {
		if (!str_eq(moods[i], value->name))
			continue;
		out->name = moods[i];
		out->word = STR_NONE;
	}
}

/* The payload of the last item; NULL when it was taken back. */
static const struct xml *payload_of(const struct xml *items, const char *name,
				    const char *ns)
{
	const struct xml *item = xml_child(items, "item", NS_PUBSUB_EVENT);

	return item != NULL ? xml_child(item, name, ns) : NULL;
}

bool leanings_read(struct arena *a, const struct xml *event,
		   struct leanings *io)
{
	const struct xml *items = xml_child(event, "items", NS_PUBSUB_EVENT);
	struct str node = items != NULL ? xml_attr(items, "node") : STR_NONE;

	if (str_eqz(node, NS_ACTIVITY)) {
		io->activity = (struct leaning){ .bit = 0 };
		read_activity(a, payload_of(items, "activity", NS_ACTIVITY),
			      &io->activity);
		return true;
	}
	if (str_eqz(node, NS_MOOD)) {
		io->mood = (struct leaning){ .bit = 0 };
		read_mood(a, payload_of(items, "mood", NS_MOOD), &io->mood);
		return true;
	}
	return false;
}

void leanings_to_pidf(const struct leanings *l, struct pidf *out)
{
	if (l->activity.word.n > 0)
		out->activities |= ACTIVITY_OTHER;
	else if (l->activity.bit == 0)
		out->pursuit = l->activity.name;
	out->activities |= l->activity.bit;
	out->other = l->activity.word;
	out->activity_note = l->activity.note;
	out->mood = l->mood.name;
	out->mood_other = l->mood.word;
	out->mood_note = l->mood.note;
}

bool leaning_row(size_t i, struct leaning_row *out)
{
	if (i >= COUNT(rows))
		return false;
	*out = rows[i];
	return true;
}
