#ifndef BENCH_PIPE_H
#define BENCH_PIPE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A TCP connection with what came and what has to go. */
struct pipe {
	int fd;		/* owned; -1: none */
	char *in, *out; /* owned */
	size_t in_n, in_at, in_cap;
	size_t out_n, out_at, out_cap;
	bool is_full; /* the last read took all that it could hold */
};

/* What waits for a peer that does not read: more is held back. */
enum { PIPE_BACKLOG_BYTES = 1 << 20 };

void pipe_init(struct pipe *p, int fd);
void pipe_fini(struct pipe *p);
/* Listens on 127.0.0.1 (port 0: any) and says which port; -1 on failure. */
int pipe_listen(uint16_t *port);
int pipe_accept(int listener);
int pipe_connect(uint16_t port);
/* One read; false when the other side is gone. */
bool pipe_read(struct pipe *p);
/* n bytes at the end of what has to go. */
char *pipe_room(struct pipe *p, size_t n);
void pipe_add(struct pipe *p, const char *text, size_t n);
size_t pipe_waiting(const struct pipe *p);
/* As much as the socket takes; false when the other side is gone. */
bool pipe_write(struct pipe *p);

#endif
