#ifndef STOX_SIP_STARTLINE_H
#define STOX_SIP_STARTLINE_H
#include <stdbool.h>
#include "gateway/base/str.h"

/* The first line of a message, RFC 3261 §7.1 and §7.2. */
struct startline {
	bool is_response;
	bool is_version_ok;	   /* SIP/2.0 */
	struct str method, target; /* of a request */
	int status;		   /* of a response: 100 to 699 */
	struct str reason;
};

/* Several blanks between the words and behind them are passed over, as RFC
 * 4475 §3.1.2.9 and §3.1.2.10 let us; a target with a blank inside comes as it
 * is. false and static *why for what is no SIP, and for a status line that is
 * not exactly right: nobody answers to that. */
bool startline_read(struct str line, struct startline *out, const char **why);

#endif
