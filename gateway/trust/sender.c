#include "gateway/trust/sender.h"
#include "sip/party.h"

/* What P-Asserted-Identity says, of each kind the first. */
struct asserted {
	struct uri sip, tel;
	bool has_sip, has_tel;
};

static void asserted_read(struct arena *a, struct str values,
			  struct asserted *out)
{
	union endpoint e;
	struct party p;
	struct str one;
	const char *why;

	while ((one = value_cut(&values)).n > 0) {
		if (!party_read(a, one, &p, NULL, &why))
			continue;
		if (p.uri.scheme == URI_TEL && !out->has_tel) {
			out->has_tel = true;
			out->tel = p.uri;
		}
		if ((p.uri.scheme == URI_SIP || p.uri.scheme == URI_SIPS) &&
		    !out->has_sip && !endpoint_read(p.uri.host, 0, &e)) {
			out->has_sip = true;
			out->sip = p.uri;
			/* The same person (RFC 5630 §3.1), who must not go by
			 * what From says for want of a sip: beside it. */
			out->sip.scheme = URI_SIP;
		}
	}
}

/* RFC 3323 §4.2: "id;critical". */
static bool is_private(struct str privacy)
{
	while (privacy.n > 0) {
		if (str_ieqz(str_trim(str_cut(&privacy, ';')), "id"))
			return true;
	}
	return false;
}

static bool is_same_address(const struct uri *x, const struct uri *y)
{
	return str_ieq(x->user, y->user) && str_ieq(x->host, y->host);
}

/* Who he is must not be told; then nobody else's name can be his (RFC 3325 §7,
 * RFC 3261 §8.1.1.3). */
static bool is_borrowed(const struct asserted *said, const struct request *r)
{
	const struct uri *from = &r->from.uri;

	if (!is_private(r->privacy) || (!said->has_sip && !said->has_tel))
		return false;
	return !(said->has_sip && is_same_address(&said->sip, from)) &&
	       !(said->has_tel && str_ieq(said->tel.user, from->user));
}

size_t sender_read(struct arena *a, const struct request *r,
		   struct uri out[SENDER_URIS_MAX])
{
	struct asserted said = { .has_sip = false };
	const char *why;

	out[0] = r->from.uri;
	if (r->asserted.n == 0)
		return 1;
	asserted_read(a, r->asserted, &said);
	if (is_borrowed(&said, r))
		(void)uri_read(STR_LIT("sip:anonymous@anonymous.invalid"),
			       &out[0], &why);
	if (is_private(r->privacy))
		return 1;
	if (said.has_sip) {
		/* From may say more: which device it is (gr). */
		if (!is_same_address(&said.sip, &r->from.uri))
			out[0] = said.sip;
		return 1;
	}
	if (!said.has_tel)
		return 1;
	out[0] = said.tel;
	if (r->from.uri.scheme == URI_TEL)
		return 1;
	out[1] = r->from.uri;
	return 2;
}
