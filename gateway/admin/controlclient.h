#ifndef STOX_GATEWAY_ADMIN_CONTROLCLIENT_H
#define STOX_GATEWAY_ADMIN_CONTROLCLIENT_H
#include <stdio.h>

/* The other end of control.h, for `stoxd ctl`: blocks. */
enum { CONTROLCLIENT_NOBODY = 5 /* nobody answers there */ };

/* Sends the words as one command, prints the answer to out, complaints to
 * errors. A secret of the command (ADMIN_SECRET) is read from stdin. Returns
 * the exit code: enum admin_status, or the one above. lang: as of LANG; may be
 * NULL. */
int controlclient_run(const char *path, const char *lang, int count,
		      char *const *words, FILE *out, FILE *errors);

#endif
