#include <string.h>
#include "sip/lines.h"
#include "sip/scalar.h"

enum { CSEQ_MAX = 0x7fffffff, HOPS_MAX = 255 };

bool cseq_read(struct str s, uint32_t *number, struct str *method,
	       const char **why)
{
	size_t i = 0;
	uint32_t n;

	while (i < s.n && s.p[i] != ' ' && s.p[i] != '\t')
		i++;
	if (!str_to_u32(str_head(s, i), &n) || n > CSEQ_MAX) {
		*why = "CSeq number out of range";
		return false;
	}
	*number = n;
	*method = str_trim(str_from(s, i));
	if (!is_token(*method)) {
		*why = "malformed CSeq";
		return false;
	}
	return true;
}

bool hops_read(struct str s, int *out)
{
	uint32_t n;

	if (!str_to_u32(s, &n) || n > HOPS_MAX)
		return false;
	*out = (int)n;
	return true;
}

int64_t delta_read(struct str s)
{
	int64_t n = 0;
	size_t i = 0;

	for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		n = n > UINT32_MAX ? n : n * 10 + (s.p[i] - '0');
	if (i == 0)
		return -1;
	if (i < s.n && (s.p[i] == '\0' || strchr(" \t;(", s.p[i]) == NULL))
		return -1;
	return n > UINT32_MAX ? UINT32_MAX : n;
}

bool is_call_id(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f)
			return false;
	return s.n > 0;
}
