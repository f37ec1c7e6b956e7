#include "sip/backlog.h"
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include "gateway/base/log.h"

enum { SAY_EVERY_MS = 60000 };

static bool is_nearly_full(int fd)
{
	uint32_t mem[SK_MEMINFO_VARS] = { 0 };
	socklen_t n = sizeof(mem);

	return getsockopt(fd, SOL_SOCKET, SO_MEMINFO, mem, &n) == 0 &&
	       mem[SK_MEMINFO_RMEM_ALLOC] > mem[SK_MEMINFO_RCVBUF] / 4 * 3;
}

void backlog_look(struct backlog *b, int fd, uint64_t now_ms)
{
	b->is_behind = is_nearly_full(fd);
	if (!b->is_behind ||
	    (b->said_ms != 0 && now_ms - b->said_ms < SAY_EVERY_MS))
		return;
	b->said_ms = now_ms;
	log_warn("sip_behind",
		 F_Z("why", "requests come faster than they can be served: "
			    "some get 503, the kernel drops others"));
}

void backlog_over(struct backlog *b)
{
	b->is_behind = false;
}

bool backlog_sheds(const struct backlog *b, size_t i)
{
	return b->is_behind && i % BACKLOG_SHED_EVERY == 0;
}
