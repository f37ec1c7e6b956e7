#include "gateway/admin/control.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "gateway/admin/admin.h"
#include "gateway/base/log.h"
#include "gateway/bridge.h"
#include "gateway/monitor/trace.h"

enum {
	BACKLOG = 8,
	READ_BYTES = 4096,
	OUT_MAX_BYTES = 2 * ADMIN_OUT_MAX_BYTES,
	STREAM_MAX_BYTES = 512 * 1024
};

static const char GREETING[] = "stox 1 ";

/* An answer that is under way; gone when it is there. */
struct later {
	struct admin_later later; /* first */
	struct client *client;	  /* borrowed; NULL: he has gone */
};

struct client {
	struct client *prev, *next;
	struct control *control; /* borrowed */
	struct loop_watch watch;
	struct loop_timer idle;
	struct strbuf in, out;
	enum admin_lang lang;
	bool is_greeted, is_at_end;
	struct trace *trace; /* of the bridge: its lines come to us */
	struct later *later; /* borrowed: an answer that is yet to come */
	char by[40];
};

struct control {
	struct bridge *bridge; /* borrowed */
	struct loop_watch watch;
	bool is_for_group;
	struct client *clients; /* owned list */
	size_t client_count;
	dev_t dev; /* of the socket that is ours to remove */
	ino_t ino;
	struct sockaddr_un address;
};

/* --- clients */

static void client_close(struct client *m)
{
	int fd = m->watch.fd;

	trace_stop(&m->trace);
	if (m->later != NULL)
		m->later->client = NULL;
	DL_DELETE(m->control->clients, m);
	m->control->client_count--;
	loop_timer_stop(&m->idle);
	loop_watch_close(&m->watch);
	close(fd);
	strbuf_fini(&m->in);
	strbuf_fini(&m->out);
	free(m);
}

static void on_idle(void *arg)
{
	client_close(arg);
}

static void keep(struct client *m)
{
	loop_timer_start(m->control->bridge->loop, &m->idle, CONTROL_IDLE_MS,
			 on_idle, m);
}

static void put_line(struct client *m, struct str line)
{
	strbuf_addc(&m->out, '|');
	strbuf_add(&m->out, line);
	strbuf_addc(&m->out, '\n');
}

static void answer(struct client *m, struct strbuf *text)
{
	struct str rest = strbuf_str(text);

	while (rest.n > 0)
		put_line(m, str_cut(&rest, '\n'));
}

static void end(struct client *m, enum admin_status status)
{
	strbuf_addf(&m->out, "=%d\n", (int)status);
}

/* --- a trace goes on until its time is over, or the client goes. Who reads
 * slower than it comes gets gaps. */

static void on_line(void *arg, struct str line)
{
	struct client *m = arg;

	if (m->out.n + line.n > STREAM_MAX_BYTES)
		return;
	put_line(m, line);
	loop_watch_set(&m->watch, LOOP_OUT);
}

static bool take_lines(struct client *m);

/* What took its time is over: on with the lines that came behind it. */
static void go_on(struct client *m, enum admin_status status)
{
	end(m, status);
	keep(m);
	if (!take_lines(m))
		m->is_at_end = true;
	loop_watch_set(&m->watch, LOOP_OUT);
}

static void on_trace_end(void *arg)
{
	struct client *m = arg;

	m->trace = NULL;
	go_on(m, ADMIN_OK);
}

static const struct trace_events TRACE_EVENTS = { .on_line = on_line,
						  .on_end = on_trace_end };

/* A call, with whose it is. */
struct client_call {
	struct admin_call call; /* first: what handlers see */
	struct client *client;	/* borrowed */
};

static void later_done(struct admin_later *l, bool is_done, struct str text)
{
	struct later *w = (struct later *)l;
	struct client *m = w->client;

	free(w);
	if (m == NULL)
		return;
	m->later = NULL;
	while (text.n > 0)
		put_line(m, str_cut(&text, '\n'));
	go_on(m, is_done ? ADMIN_OK : ADMIN_FAILED);
}

/* The idle time is not his while he waits for us. */
static struct admin_later *defer(struct admin_call *c)
{
	struct client *m = ((struct client_call *)c)->client;
	struct later *w = calloc(1, sizeof(*w));

	if (w == NULL)
		abort();
	w->later = (struct admin_later){ .lang = c->lang, .done = later_done };
	w->client = m;
	m->later = w;
	loop_timer_stop(&m->idle);
	return &w->later;
}

static bool is_busy(const struct client *m)
{
	return m->trace != NULL || m->later != NULL;
}

static void run(struct client *m, struct str line)
{
	struct bridge *b = m->control->bridge;
	enum admin_status status;
	struct strbuf out;
	struct client_call c = { .call = { .bridge = b,
					   .role = ADMIN_ADMIN,
					   .lang = m->lang,
					   .by = str_z(m->by),
					   .defer = defer,
					   .can_stream = true,
					   .a = loop_arena(b->loop),
					   .out = &out },
				 .client = m };

	strbuf_init(&out, ADMIN_OUT_MAX_BYTES);
	status = admin_line(&c.call, line);
	if (out.overflow) {
		strbuf_reset(&out);
		strbuf_addlit(&out, "the answer is too long\n");
		status = ADMIN_FAILED;
	}
	answer(m, &out);
	strbuf_fini(&out);
	if (c.call.is_deferred)
		return;
	if (c.call.stream == NULL) {
		end(m, status);
		return;
	}
	m->trace = c.call.stream;
	trace_listen(c.call.stream, &TRACE_EVENTS, m);
	loop_timer_stop(&m->idle);
}

/* false: it speaks something else. */
static bool greet(struct client *m, struct str line)
{
	if (!str_starts(line, GREETING))
		return false;
	m->lang = admin_lang_read(str_from(line, sizeof(GREETING) - 1));
	m->is_greeted = true;
	return true;
}

static bool take_line(struct client *m, struct str line)
{
	if (line.n > ADMIN_LINE_MAX_BYTES)
		return false;
	if (!m->is_greeted)
		return greet(m, line);
	run(m, line);
	return !m->out.overflow;
}

static bool take_lines(struct client *m)
{
	struct str all;
	size_t n;

	for (;;) {
		all = strbuf_str(&m->in);
		n = str_find(all, '\n');
		if (n == all.n)
			return n <= ADMIN_LINE_MAX_BYTES;
		if (!take_line(m, str_trim(str_head(all, n))))
			return false;
		strbuf_shift(&m->in, n + 1);
		if (is_busy(m))
			return true; /* what comes behind it waits */
	}
}

/* false: the client is to go. */
static bool client_read(struct client *m)
{
	char buf[READ_BYTES];
	ssize_t n = recv(m->watch.fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		m->is_at_end = true;
	strbuf_add(&m->in, (struct str){ buf, (size_t)n });
	keep(m);
	return take_lines(m);
}

static bool client_write(struct client *m)
{
	ssize_t n;

	while (m->out.n > 0) {
		n = send(m->watch.fd, m->out.p, m->out.n,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		strbuf_shift(&m->out, (size_t)n);
		if (!is_busy(m))
			keep(m);
	}
	return !m->is_at_end || is_busy(m);
}

/* Not read from: what comes in then is that he has gone. */
static bool has_left(const struct client *m, unsigned events)
{
	return is_busy(m) && (events & LOOP_IN) != 0;
}

/* Nothing is read while an answer waits to be taken: one at a time. */
static void on_client(void *arg, unsigned events)
{
	struct client *m = arg;

	if (has_left(m, events) ||
	    ((events & LOOP_IN) != 0 && m->out.n == 0 && !client_read(m))) {
		client_close(m);
		return;
	}
	if (!client_write(m)) {
		client_close(m);
		return;
	}
	if (m->out.n > 0)
		loop_watch_set(&m->watch, LOOP_OUT);
	else
		loop_watch_set(&m->watch, is_busy(m) ? 0 : LOOP_IN);
}

/* --- the socket */

static bool is_welcome(const struct control *c, int fd, struct client *m)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0)
		return false;
	snprintf(m->by, sizeof(m->by), "socket uid %u", (unsigned)peer.uid);
	/* The kernel has looked at the mode; this holds when somebody has
	 * changed it. */
	return peer.uid == 0 || peer.uid == geteuid() || c->is_for_group;
}

static void client_open(struct control *c, int fd)
{
	struct client *m = calloc(1, sizeof(*m));

	if (m == NULL)
		abort();
	m->control = c;
	if (c->client_count >= CONTROL_CLIENTS_MAX || !is_welcome(c, fd, m) ||
	    !loop_watch_open(c->bridge->loop, &m->watch, fd, LOOP_IN, on_client,
			     m)) {
		close(fd);
		free(m);
		return;
	}
	strbuf_init(&m->in, ADMIN_LINE_MAX_BYTES + READ_BYTES);
	strbuf_init(&m->out, OUT_MAX_BYTES);
	DL_APPEND(c->clients, m);
	c->client_count++;
	keep(m);
}

static void on_socket(void *arg, unsigned events)
{
	struct control *c = arg;
	int fd = accept4(c->watch.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd >= 0)
		client_open(c, fd);
}

/* Somebody listens, or what is there is no socket: false. */
static bool make_room(const struct sockaddr_un *a, const char **why)
{
	struct stat st;
	bool is_used;
	int fd;

	if (lstat(a->sun_path, &st) != 0)
		return true;
	*why = "there is a file of that name";
	if (!S_ISSOCK(st.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	is_used = fd >= 0 &&
		  connect(fd, (const struct sockaddr *)a, sizeof(*a)) == 0;
	if (fd >= 0)
		close(fd);
	*why = is_used ? "another stoxd listens there" : strerror(errno);
	return !is_used && unlink(a->sun_path) == 0;
}

static int socket_open(const struct sockaddr_un *a, bool is_for_group,
		       const char **why)
{
	mode_t old;
	int fd;

	if (!make_room(a, why))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		*why = strerror(errno);
		return -1;
	}
	/* There is no moment in which more people may. */
	old = umask(is_for_group ? 0117 : 0177);
	if (bind(fd, (const struct sockaddr *)a, sizeof(*a)) != 0 ||
	    listen(fd, BACKLOG) != 0) {
		*why = strerror(errno);
		close(fd);
		fd = -1;
	}
	umask(old);
	return fd;
}

static bool address_set(struct sockaddr_un *a, const char *path,
			const char **why)
{
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	*why = "the path is too long";
	if (strlen(path) >= sizeof(a->sun_path))
		return false;
	memcpy(a->sun_path, path, strlen(path));
	return true;
}

bool control_try(const char *path, const char **why)
{
	struct sockaddr_un a;
	int fd;

	if (!address_set(&a, path, why))
		return false;
	fd = socket_open(&a, false, why);
	if (fd < 0)
		return false;
	close(fd);
	unlink(path);
	return true;
}

struct control *control_open(struct bridge *b, const char *path,
			     bool is_for_group, const char **why)
{
	struct control *c = calloc(1, sizeof(*c));
	struct stat st;
	int fd = -1;

	if (c == NULL)
		abort();
	c->bridge = b;
	c->is_for_group = is_for_group;
	if (address_set(&c->address, path, why))
		fd = socket_open(&c->address, is_for_group, why);
	if (fd < 0) {
		free(c);
		return NULL;
	}
	if (stat(path, &st) == 0) {
		c->dev = st.st_dev;
		c->ino = st.st_ino;
	}
	if (!loop_watch_open(b->loop, &c->watch, fd, LOOP_IN, on_socket, c))
		abort();
	return c;
}

void control_close(struct control **cp)
{
	struct control *c = *cp;
	struct stat st;
	int fd;

	if (c == NULL)
		return;
	*cp = NULL;
	while (c->clients != NULL)
		/* shortens it: NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		client_close(c->clients);
	fd = c->watch.fd;
	loop_watch_close(&c->watch);
	close(fd);
	/* A successor may have put its own there. */
	if (stat(c->address.sun_path, &st) == 0 && st.st_dev == c->dev &&
	    st.st_ino == c->ino)
		unlink(c->address.sun_path);
	free(c);
}
