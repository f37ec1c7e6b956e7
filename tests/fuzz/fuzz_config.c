/* room: gateway */
/* runs: 5000 */
/* A settings file: read, or refused with a line that names the file; the same
 * text gives the same answer. Nothing that it names is opened that is not a
 * regular file's name. */
#include "fuzz.h"
#include <string.h>
#include "gateway/config/config.h"

enum { ERRORS_MAX_BYTES = 64 * 1024 };

static bool parse(struct str text, struct strbuf *errors)
{
	struct config *c;
	bool is_good;

	strbuf_init(errors, ERRORS_MAX_BYTES);
	c = config_parse(text, "fuzz.yml", errors);
	is_good = c != NULL;
	if (is_good)
		FUZZ_CHECK(c->component_count > 0);
	else
		FUZZ_CHECK(errors->overflow ||
			   str_starts(strbuf_str(errors), "fuzz.yml"));
	config_destroy(&c);
	return is_good;
}

/* Secrets are read from files and the environment: not from those that a
 * mutation may hit on. */
static bool is_harmless(struct str text)
{
	static const char *const words[] = { "_file", "_env", "path", "dir" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (memmem(text.p, text.n, words[i], strlen(words[i])) != NULL)
			return false;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct strbuf first, second;
	bool is_good;

	if (size == 0 || !is_harmless(text))
		return -1;
	is_good = parse(text, &first);
	FUZZ_CHECK(parse(text, &second) == is_good);
	FUZZ_CHECK(str_eq(strbuf_str(&first), strbuf_str(&second)));
	strbuf_fini(&first);
	strbuf_fini(&second);
	return 0;
}
