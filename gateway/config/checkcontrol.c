#include "gateway/config/checkup.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include "gateway/admin/control.h"

/* The folder of path, of one file's name. */
static struct str folder_of(struct str path)
{
	while (path.n > 0 && path.p[path.n - 1] != '/')
		path.n--;
	return path.n > 1 ? str_head(path, path.n - 1) : path;
}

/* systemd makes the folder of the usual socket when it starts stoxd. */
static bool is_yet_to_come(struct checkup *k, struct str path)
{
	struct str folder = folder_of(path);
	struct stat st;

	return str_eq(folder, folder_of(STR_LIT(CONFIG_ADMIN_SOCKET))) &&
	       stat(str_dupz(&k->arena, folder), &st) != 0 && errno == ENOENT;
}

void checkcontrol_run(struct checkup *k)
{
	struct str path = k->cfg->admin_socket;
	const char *why = "";

	/* One that is not named need not be there, and that of a stoxd that
	 * runs is there. */
	if (path.n == 0 || k->is_running)
		return;
	if (is_yet_to_come(k, path))
		checkup_unwise(k,
			       "admin.socket %.*s: its folder is not there; "
			       "systemd makes it with the service, else make "
			       "it before the start",
			       STR_ARG(path));
	else if (control_try(str_dupz(&k->arena, path), &why))
		checkup_good(k, "admin.socket %.*s: can be had", STR_ARG(path));
	else
		checkup_wrong(k,
			      "admin.socket %.*s: %s; name a place where "
			      "stoxd can make it",
			      STR_ARG(path), why);
}
