#include "mapping/idn.h"

#include <idna.h>
#include <punycode.h>
#include <stdlib.h>
#include <string.h>
#include <stringprep.h>
#include "sip/sipmsg.h"

enum { HOST_MAX_BYTES = 1023, LABEL_MAX_BYTES = 63, ACE_BYTES = 4 };

/* As nearly always. */
static bool is_lower_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0x80 || (c >= 'A' && c <= 'Z'))
			return false;
	}
	return true;
}

static bool has_a_label(struct str s)
{
	struct str label;

	while (s.p != NULL) {
		label = str_cut(&s, '.');
		if (str_istarts(label, "xn--"))
			return true;
	}
	return false;
}

/* Takes what libidn allocated. */
static struct str taken(struct arena *a, char *z)
{
	struct str out = str_dup(a, str_z(z));

	free(z);
	return out;
}

/* One spelling of an IPv6 address (RFC 5952). */
static struct str canonical(struct arena *a, struct str host)
{
	char text[INET6_ADDRSTRLEN];
	union endpoint e;
	struct str address;

	if (!endpoint_read(host, 0, &e) || e.sa.sa_family != AF_INET6)
		return str_lowered(a, host);
	address = endpoint_text(&e, text);
	return str_fmt(a, "[%.*s]", STR_ARG(address));
}

bool idn_to_ascii(struct arena *a, struct str host, struct str *out)
{
	char *z = NULL;

	if (is_lower_ascii(host) && !str_starts(host, "[")) {
		*out = host;
		return host.n > 0;
	}
	if (str_is_ascii(host)) {
		*out = str_starts(host, "[") ? canonical(a, host)
					     : str_lowered(a, host);
		return host.n > 0;
	}
	if (host.n > HOST_MAX_BYTES || !str_is_utf8(host) ||
	    memchr(host.p, '\0', host.n) != NULL)
		return false;
	if (idna_to_ascii_8z(str_dupz(a, host), &z, IDNA_ALLOW_UNASSIGNED) !=
	    IDNA_SUCCESS)
		return false;
	*out = str_lowered(a, taken(a, z));
	return out->n > 0;
}

/* ToUnicode (RFC 3490 §4.2): the label itself unless the name leads back to it.
 * libidn's own compares with bytes that it has not written when an A-label
 * stands for ASCII, so only its decoder is used. */
static struct str label_to_unicode(struct arena *a, struct str label)
{
	uint32_t code[LABEL_MAX_BYTES];
	size_t n = LABEL_MAX_BYTES;
	struct str unicode, back;
	char *z = NULL;

	if (label.n > LABEL_MAX_BYTES || !str_starts(label, "xn--") ||
	    punycode_decode(label.n - ACE_BYTES, label.p + ACE_BYTES, &n, code,
			    NULL) != PUNYCODE_SUCCESS)
		return label;
	z = stringprep_ucs4_to_utf8(code, (ssize_t)n, NULL, NULL);
	if (z == NULL)
		return label;
	unicode = taken(a, z);
	if (!idn_to_ascii(a, unicode, &back) || !str_eq(back, label))
		return label;
	return unicode;
}

struct str idn_to_unicode(struct arena *a, struct str host)
{
	struct str plain = str_lowered(a, host), rest = plain, out = STR_NONE;
	struct str label;

	if (plain.n > HOST_MAX_BYTES || !has_a_label(plain) ||
	    !str_is_ascii(plain))
		return plain;
	while (rest.p != NULL) {
		label = label_to_unicode(a, str_cut(&rest, '.'));
		out = out.p == NULL ? label
				    : str_fmt(a, "%.*s.%.*s", STR_ARG(out),
					      STR_ARG(label));
	}
	return out;
}

bool idn_is_host(struct arena *a, struct str host, struct str domain)
{
	struct str name;

	if (str_ieq(host, domain))
		return true;
	return !str_is_ascii(domain) && idn_to_ascii(a, domain, &name) &&
	       str_ieq(host, name);
}
