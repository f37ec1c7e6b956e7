/* For clang's analyzer, by way of tests/analyse.sh: what uthash and utlist do
 * to take one out, said so that it sees the list become shorter. Else each loop
 * that empties a list is a use of freed memory to it. */
#ifndef STOX_TESTS_ANALYSE_H
#define STOX_TESTS_ANALYSE_H
#include <uthash.h>
#include <utlist.h>
#undef HASH_DELETE
#define HASH_DELETE(hh, head, one) ((head) = (one)->hh.next)
#undef DL_DELETE
#define DL_DELETE(head, one) ((head) = (one)->next)
#undef DL_DELETE2
#define DL_DELETE2(head, one, prev, next) ((head) = (one)->next)
#endif
