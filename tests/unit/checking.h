#ifndef STOX_TESTS_CHECKING_H
#define STOX_TESTS_CHECKING_H
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "gateway/config/checkup.h"

/* One step of --check under test: settings, a loop, and what it prints. */
struct checking {
	struct checkup k;
	struct config *cfg; /* owned */
	char *text;	    /* owned */
	size_t n;
};

static inline void checking_init(struct checking *c, const char *yaml)
{
	struct strbuf errors;
	const char *why = "";

	memset(c, 0, sizeof(*c));
	strbuf_init(&errors, 10000);
	c->cfg = config_parse(str_z(yaml), "t.yml", &errors);
	if (c->cfg == NULL)
		fail_msg("%.*s", STR_ARG(strbuf_str(&errors)));
	strbuf_fini(&errors);
	c->k.cfg = c->cfg;
	c->k.out = open_memstream(&c->text, &c->n);
	c->k.loop = loop_create(&why);
	assert_non_null(c->k.loop);
	arena_init(&c->k.arena, 1024);
}

static inline void checking_fini(struct checking *c)
{
	fclose(c->k.out);
	loop_destroy(&c->k.loop);
	arena_fini(&c->k.arena);
	config_destroy(&c->cfg);
	free(c->text);
}

static inline void checking_expect(struct checking *c, const char *text)
{
	fflush(c->k.out);
	if (strstr(c->text, text) == NULL)
		fail_msg("no '%s' in %s", text, c->text);
}

/* A socket on loopback; *port is the one that the kernel chose. */
static inline int checking_socket(int type, uint16_t *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, n), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

/* A port of loopback that was free a moment ago. */
static inline uint16_t checking_free_port(int type)
{
	uint16_t port;

	close(checking_socket(type, &port));
	return port;
}

#define CHECKING_HEADER                                                        \
	"<?xml version='1.0'?><stream:stream "                                 \
	"xmlns='jabber:component:accept' "                                     \
	"xmlns:stream='http://etherx.jabber.org/streams' "                     \
	"from='sip.example.com' id='1'>"

/* Plays the component port of an XMPP server to one caller, in a process of
 * its own: reads, answers the header, reads the handshake, answers that. fd
 * is the child's from now on. */
static inline pid_t checking_server(int fd, const char *header,
				    const char *answer)
{
	char buf[4096];
	pid_t pid = fork();
	int peer;

	assert_true(pid >= 0);
	if (pid > 0) {
		close(fd);
		return pid;
	}
	alarm(20);
	peer = accept(fd, NULL, NULL);
	if (peer >= 0 && read(peer, buf, sizeof(buf)) > 0 &&
	    write(peer, header, strlen(header)) > 0 && answer != NULL &&
	    read(peer, buf, sizeof(buf)) > 0 &&
	    write(peer, answer, strlen(answer)) > 0)
		while (read(peer, buf, sizeof(buf)) > 0)
			;
	_exit(0);
}

static inline void checking_wait(pid_t pid)
{
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

#endif
