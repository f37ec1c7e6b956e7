#include "mapping/payload.h"

#include "xmpp/ns.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define ENCRYPTED                                                              \
	"encrypted messages cannot pass this gateway: send it without "        \
	"encryption"

/* What is known to be for a person. */
static const struct {
	struct str ns;
	const char *name;
	const char *part; /* without it there is nothing in it; NULL: always */
	const char *why;
} readable[] = {
	/* XEP-0384, and what its clients have spoken before. */
	{ STR(NS_OMEMO_AXOLOTL), "encrypted", "payload", ENCRYPTED },
	{ STR(NS_OMEMO_1), "encrypted", "payload", ENCRYPTED },
	{ STR(NS_OMEMO_2), "encrypted", "payload", ENCRYPTED },
	{ STR(NS_OPENPGP), "openpgp", NULL, ENCRYPTED }, /* XEP-0373 */
	{ STR(NS_OPENPGP_OLD), "x", NULL, ENCRYPTED },	 /* XEP-0027 */
	{ STR(NS_E2E), "e2e", NULL, ENCRYPTED },	 /* RFC 3923 */
	{ STR(NS_CALLS), "propose", NULL,		 /* XEP-0353 */
	  "this gateway carries no calls" },
	{ STR(NS_ATTENTION), "attention", NULL, /* XEP-0224 */
	  "this gateway cannot ask for attention" },
	{ STR(NS_FILE_SHARING), "file-sharing", NULL, /* XEP-0447 */
	  "this file has no link that could be sent" },
	{ STR(NS_REFERENCE), "reference", "media-sharing", /* XEP-0385 */
	  "this file has no link that could be sent" },
};

/* What goes beside a text, or from program to program. */
static const struct str quiet[] = {
	STR(NS_COMPONENT),     STR(NS_CHATSTATES),   STR(NS_RECEIPTS),
	STR(NS_MARKERS),       STR(NS_HINTS),	     STR(NS_DELAY),
	STR(NS_STANZA_ID),     STR(NS_CORRECT),	     STR(NS_REPLY),
	STR(NS_REACTIONS),     STR(NS_RETRACT),	     STR(NS_RETRACT_OLD),
	STR(NS_FASTEN),	       STR(NS_FALLBACK),     STR(NS_EME),
	STR(NS_NICK),	       STR(NS_PUBSUB_EVENT), STR(NS_CARBONS),
	STR(NS_ARCHIVE),       STR(NS_FORWARD),	     STR(NS_MUC_USER),
	STR(NS_OOB),	       STR(NS_CONFERENCE),   STR(NS_XHTML_IM),
	STR(NS_SIGNED),	       STR(NS_ADDRESS),	     STR(NS_EVENT_OLD),
	STR(NS_DELAY_OLD),     STR(NS_CAPS),	     STR(NS_VCARD_UPDATE),
	STR(NS_OMEMO_AXOLOTL), STR(NS_OMEMO_1),	     STR(NS_OMEMO_2),
	STR(NS_CALLS),
};

static bool is_quiet(struct str ns)
{
	for (size_t i = 0; i < COUNT(quiet); i++)
		if (str_eq(ns, quiet[i]))
			return true;
	return false;
}

static const char *known(const struct xml *x)
{
	for (size_t i = 0; i < COUNT(readable); i++)
		if (str_eq(x->ns, readable[i].ns) &&
		    str_eqz(x->name, readable[i].name) &&
		    (readable[i].part == NULL ||
		     xml_child(x, readable[i].part, NULL) != NULL))
			return readable[i].why;
	return NULL;
}

/* Whoever asks for a notice of reading, or for it to be stored, or says that
 * it is encrypted (XEP-0380), means a person. */
static bool expects_reader(const struct xml *el, const struct extras *x)
{
	return x->wants_receipt || x->is_markable ||
	       xml_child(el, "store", NS_HINTS) != NULL ||
	       xml_child(el, "encryption", NS_EME) != NULL;
}

/* Typing may be encrypted, too (XEP-0420): nobody waits for that. */
static bool is_passing(const struct xml *el, const struct extras *x)
{
	return !x->wants_receipt && !x->is_markable &&
	       xml_child(el, "no-store", NS_HINTS) != NULL;
}

const char *payload_lost(const struct xml *el, const struct extras *x)
{
	const char *why = NULL;
	bool has_unknown = false;

	if (el == NULL)
		return NULL;
	for (const struct xml *c = el->child; c != NULL && why == NULL;
	     c = c->next) {
		if (c->name.n == 0)
			continue;
		why = known(c);
		has_unknown |= !is_quiet(c->ns);
	}
	if (is_passing(el, x))
		return NULL;
	if (why == NULL && has_unknown && expects_reader(el, x))
		why = "nothing in this message can be sent as text";
	return why;
}
