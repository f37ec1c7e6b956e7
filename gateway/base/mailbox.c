#include "gateway/base/mailbox.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct letter {
	struct letter *next;
	loop_hook_fn *fn;
	void *arg;
};

bool mailbox_init(struct mailbox *m)
{
	pthread_mutex_init(&m->lock, NULL);
	m->first = NULL;
	m->last = &m->first;
	m->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return m->fd >= 0;
}

static struct letter *take_all(struct mailbox *m)
{
	struct letter *first;

	pthread_mutex_lock(&m->lock);
	first = m->first;
	m->first = NULL;
	m->last = &m->first;
	pthread_mutex_unlock(&m->lock);
	return first;
}

void mailbox_fini(struct mailbox *m)
{
	struct letter *next;

	for (struct letter *p = take_all(m); p != NULL; p = next) {
		next = p->next;
		free(p);
	}
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
	pthread_mutex_destroy(&m->lock);
}

void mailbox_put(struct mailbox *m, loop_hook_fn *fn, void *arg)
{
	struct letter *p = malloc(sizeof(*p));
	bool is_first;

	if (p == NULL)
		abort();
	*p = (struct letter){ .fn = fn, .arg = arg };
	pthread_mutex_lock(&m->lock);
	is_first = m->first == NULL;
	*m->last = p;
	m->last = &p->next;
	pthread_mutex_unlock(&m->lock);
	/* Only a full counter refuses this, and that is readable too. */
	if (is_first)
		eventfd_write(m->fd, 1);
}

void mailbox_run(struct mailbox *m)
{
	struct letter *next;
	eventfd_t count;

	/* Read before the letters are taken: a later one raises it again. */
	eventfd_read(m->fd, &count);
	for (struct letter *p = take_all(m); p != NULL; p = next) {
		next = p->next;
		p->fn(p->arg);
		free(p);
	}
}
