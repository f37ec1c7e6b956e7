#include "gateway/config/portowner.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TCP_STATE_LISTEN = 0x0a, LINE_BYTES = 512, LINK_BYTES = 64 };

/* An address as /proc/net writes it: words of 32 bits in host order. */
struct local {
	uint32_t words[4];
	unsigned port, word_count;
};

static bool read_local(const char *hex, struct local *out)
{
	size_t digits = strcspn(hex, ":"), i;
	char word[9] = "";

	if ((digits != 8 && digits != 32) || hex[digits] != ':')
		return false;
	for (i = 0; i < digits / 8; i++) {
		memcpy(word, hex + i * 8, 8);
		out->words[i] = (uint32_t)strtoul(word, NULL, 16);
	}
	out->word_count = (unsigned)(digits / 8);
	out->port = (unsigned)strtoul(hex + digits + 1, NULL, 16);
	return true;
}

static bool is_any(const uint32_t *words, unsigned n)
{
	while (n > 0)
		if (words[--n] != 0)
			return false;
	return true;
}

/* Whether a socket there keeps another one from being bound at. */
static bool is_in_the_way(const struct local *l, const union endpoint *at)
{
	bool is_v6 = at->sa.sa_family == AF_INET6;
	uint32_t words[4] = { 0 };
	unsigned n = is_v6 ? 4 : 1;

	if (l->port != endpoint_port(at))
		return false;
	/* The other family: only "::" that takes IPv4 too can be meant. */
	if (l->word_count != n)
		return !is_v6 && is_any(l->words, l->word_count);
	if (is_v6)
		memcpy(words, &at->in6.sin6_addr, sizeof(words));
	else
		memcpy(words, &at->in.sin_addr, sizeof(words[0]));
	return is_any(l->words, n) || is_any(words, n) ||
	       memcmp(l->words, words, n * sizeof(words[0])) == 0;
}

unsigned long portowner_line(const char *line, enum transport transport,
			     const union endpoint *at)
{
	char address[64];
	unsigned state;
	unsigned long inode;
	struct local l;

	/* sl local remote st tx:rx tr:when retrnsmt uid timeout inode */
	if (sscanf(line, " %*u: %63s %*s %x %*s %*s %*s %*s %*s %lu", address,
		   &state, &inode) != 3 ||
	    !read_local(address, &l))
		return 0;
	if (transport != TRANSPORT_UDP && state != TCP_STATE_LISTEN)
		return 0;
	return is_in_the_way(&l, at) ? inode : 0;
}

static unsigned long find_inode(const char *path, enum transport transport,
				const union endpoint *at)
{
	FILE *f = fopen(path, "re");
	char line[LINE_BYTES];
	unsigned long inode = 0;

	if (f == NULL)
		return 0;
	while (inode == 0 && fgets(line, sizeof(line), f) != NULL)
		inode = portowner_line(line, transport, at);
	fclose(f);
	return inode;
}

static bool has_socket(pid_t pid, const char *wanted)
{
	char path[LINK_BYTES], target[LINK_BYTES];
	const struct dirent *e;
	bool is_found = false;
	ssize_t n;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	d = opendir(path);
	if (d == NULL)
		return false;
	while (!is_found && (e = readdir(d)) != NULL) {
		n = readlinkat(dirfd(d), e->d_name, target, sizeof(target) - 1);
		if (n < 0)
			continue;
		target[n] = '\0';
		is_found = strcmp(target, wanted) == 0;
	}
	closedir(d);
	return is_found;
}

static void read_name(struct portowner *o)
{
	char path[LINK_BYTES];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)o->pid);
	f = fopen(path, "re");
	if (f == NULL || fgets(o->name, sizeof(o->name), f) == NULL)
		memcpy(o->name, "?", 2);
	if (f != NULL)
		fclose(f);
	o->name[strcspn(o->name, "\n")] = '\0';
}

static bool find_process(unsigned long inode, struct portowner *out)
{
	char wanted[LINK_BYTES];
	const struct dirent *e;
	uint32_t pid;
	DIR *d = opendir("/proc");

	if (d == NULL)
		return false;
	snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
	out->pid = 0;
	while (out->pid == 0 && (e = readdir(d)) != NULL)
		if (str_to_u32(str_z(e->d_name), &pid) &&
		    has_socket((pid_t)pid, wanted))
			out->pid = (pid_t)pid;
	closedir(d);
	if (out->pid == 0)
		return false;
	read_name(out);
	return true;
}

bool portowner_find(enum transport transport, const union endpoint *at,
		    struct portowner *out)
{
	bool is_udp = transport == TRANSPORT_UDP;
	unsigned long inode;

	inode = find_inode(is_udp ? "/proc/net/udp" : "/proc/net/tcp",
			   transport, at);
	if (inode == 0)
		inode = find_inode(is_udp ? "/proc/net/udp6" : "/proc/net/tcp6",
				   transport, at);
	return inode != 0 && find_process(inode, out);
}
