#include "mapping/status.h"

#include <stddef.h>

/* RFC 7247 §7.2 Table 3 with the types of RFC 6120 §8.3.3; where the table is
 * silent, its class defaults, which come last. Within a class the single
 * codes go first. */
static const struct status_row rows[] = {
	{ 301, 301, COND_GONE, ERROR_CANCEL },
	{ 380, 380, COND_NOT_ACCEPTABLE, ERROR_MODIFY },
	{ 300, 399, COND_REDIRECT, ERROR_MODIFY },
	{ 401, 401, COND_NOT_AUTHORIZED, ERROR_AUTH },
	{ 403, 403, COND_FORBIDDEN, ERROR_AUTH },
	{ 404, 404, COND_ITEM_NOT_FOUND, ERROR_CANCEL },
	{ 405, 405, COND_FEATURE_NOT_IMPLEMENTED, ERROR_CANCEL },
	{ 406, 406, COND_NOT_ACCEPTABLE, ERROR_MODIFY },
	{ 407, 407, COND_REGISTRATION_REQUIRED, ERROR_AUTH },
	{ 408, 408, COND_REMOTE_SERVER_TIMEOUT, ERROR_WAIT },
	{ 410, 410, COND_GONE, ERROR_CANCEL },
	{ 413, 414, COND_POLICY_VIOLATION, ERROR_MODIFY },
	{ 415, 416, COND_NOT_ACCEPTABLE, ERROR_MODIFY },
	{ 420, 420, COND_FEATURE_NOT_IMPLEMENTED, ERROR_MODIFY },
	{ 421, 421, COND_NOT_ACCEPTABLE, ERROR_MODIFY },
	{ 423, 423, COND_RESOURCE_CONSTRAINT, ERROR_WAIT },
	{ 430, 430, COND_RECIPIENT_UNAVAILABLE, ERROR_WAIT },
	{ 439, 439, COND_FEATURE_NOT_IMPLEMENTED, ERROR_CANCEL },
	{ 440, 440, COND_POLICY_VIOLATION, ERROR_MODIFY },
	{ 480, 480, COND_RECIPIENT_UNAVAILABLE, ERROR_WAIT },
	{ 481, 481, COND_ITEM_NOT_FOUND, ERROR_CANCEL },
	{ 482, 483, COND_NOT_ACCEPTABLE, ERROR_MODIFY },
	{ 484, 485, COND_ITEM_NOT_FOUND, ERROR_CANCEL },
	{ 486, 487, COND_RECIPIENT_UNAVAILABLE, ERROR_WAIT },
	{ 488, 488, COND_NOT_ACCEPTABLE, ERROR_MODIFY },
	{ 489, 489, COND_POLICY_VIOLATION, ERROR_MODIFY },
	{ 491, 491, COND_UNEXPECTED_REQUEST, ERROR_WAIT },
	{ 400, 499, COND_BAD_REQUEST, ERROR_MODIFY },
	{ 501, 501, COND_FEATURE_NOT_IMPLEMENTED, ERROR_CANCEL },
	{ 502, 502, COND_REMOTE_SERVER_NOT_FOUND, ERROR_CANCEL },
	{ 504, 504, COND_REMOTE_SERVER_TIMEOUT, ERROR_WAIT },
	{ 505, 505, COND_NOT_ACCEPTABLE, ERROR_MODIFY },
	{ 513, 513, COND_POLICY_VIOLATION, ERROR_MODIFY },
	{ 500, 599, COND_INTERNAL_SERVER_ERROR, ERROR_CANCEL },
	{ 604, 604, COND_ITEM_NOT_FOUND, ERROR_CANCEL },
	{ 606, 606, COND_NOT_ACCEPTABLE, ERROR_MODIFY },
	{ 600, 699, COND_RECIPIENT_UNAVAILABLE, ERROR_WAIT },
};
enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

/* RFC 7247 §7.1 Table 2: the status of an error about a full JID and of one
 * about a bare JID (notes 1 and 2). Not here: gone, redirect and
 * unexpected-request, which depend on more. */
static const struct {
	int full, bare;
} statuses[COND_COUNT] = {
	[COND_NONE] = { 400, 400 },
	[COND_BAD_REQUEST] = { 400, 400 },
	[COND_CONFLICT] = { 400, 400 },
	[COND_FEATURE_NOT_IMPLEMENTED] = { 405, 501 },
	[COND_FORBIDDEN] = { 403, 603 },
	[COND_INTERNAL_SERVER_ERROR] = { 500, 500 },
	[COND_ITEM_NOT_FOUND] = { 404, 604 },
	[COND_JID_MALFORMED] = { 400, 400 },
	[COND_NOT_ACCEPTABLE] = { 406, 606 },
	[COND_NOT_ALLOWED] = { 403, 403 },
	/* Table 2 says 401; without a challenge that would be malformed
	 * (RFC 3261 §22.1). So for registration-required and 407. */
	[COND_NOT_AUTHORIZED] = { 403, 403 },
	[COND_POLICY_VIOLATION] = { 403, 403 },
	[COND_RECIPIENT_UNAVAILABLE] = { 480, 600 },
	[COND_REGISTRATION_REQUIRED] = { 403, 403 },
	/* Note 4 (a). A server that only cannot be resolved is rare, and XMPP
	 * does not tell the two apart. */
	[COND_REMOTE_SERVER_NOT_FOUND] = { 404, 404 },
	[COND_REMOTE_SERVER_TIMEOUT] = { 408, 408 },
	[COND_RESOURCE_CONSTRAINT] = { 500, 500 },
	/* Note 5: no precise mapping, 403 or 405 nearest; 503 never, for it
	 * would end all traffic. But this is what servers must say of an
	 * account that does not exist, or of a resource that is gone (RFC 6121
	 * §8.5), and a phone is told that by 404 or 480. */
	[COND_SERVICE_UNAVAILABLE] = { 480, 404 },
	[COND_SUBSCRIPTION_REQUIRED] = { 400, 400 },
	[COND_UNDEFINED_CONDITION] = { 400, 400 },
};

/* Up to the first byte that neither a status line nor XML could carry. */
static struct str printable(struct str s)
{
	size_t n = 0;

	while (n < s.n && (unsigned char)s.p[n] >= ' ' && s.p[n] != 0x7F)
		n++;
	s = str_trim(str_head(s, n));
	return s.n > 0 && str_is_utf8(s) ? s : STR_NONE;
}

void status_to_fault(struct fault *f, int status, struct str reason)
{
	size_t i = 0;

	while (i < ROW_COUNT &&
	       (status < rows[i].status_min || status > rows[i].status_max))
		i++;
	*f = (struct fault){
		.status = status,
		.cond = COND_UNDEFINED_CONDITION,
		.type = cond_type(COND_UNDEFINED_CONDITION),
		.text = printable(reason),
	};
	if (i == ROW_COUNT)
		return;
	f->cond = rows[i].cond;
	f->type = rows[i].type;
}

void status_set_uri(struct fault *f, struct str uri)
{
	if (f->status < 300 || f->status > 399)
		return;
	f->uri = f->cond == COND_GONE || f->cond == COND_REDIRECT ? uri
								  : STR_NONE;
	if (f->cond != COND_GONE || uri.n > 0)
		return;
	f->cond = COND_ITEM_NOT_FOUND;
	f->type = cond_type(f->cond);
}

int status_from_error(const struct fault *f, bool is_full)
{
	enum cond cond = (unsigned)f->cond < COND_COUNT
				 ? f->cond
				 : COND_UNDEFINED_CONDITION;

	if (cond == COND_GONE)
		return f->uri.n > 0 ? 301 : 410;
	/* A 302 that names nobody would be no redirection. */
	if (cond == COND_REDIRECT)
		return f->uri.n > 0 ? 302 : 480;
	if (cond == COND_UNEXPECTED_REQUEST)
		return f->type == ERROR_WAIT ? 491 : 400;
	return is_full ? statuses[cond].full : statuses[cond].bare;
}

bool status_row(size_t i, struct status_row *out)
{
	if (i >= ROW_COUNT)
		return false;
	*out = rows[i];
	return true;
}
