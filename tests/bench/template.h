#ifndef BENCH_TEMPLATE_H
#define BENCH_TEMPLATE_H
#include <stddef.h>
#include <stdint.h>

/* A text with fields of fixed width, filled with hexadecimal numbers. In the
 * source of the text a field is a run of one of these characters. */
enum field {
	FIELD_SENDER = 1, /* "\1\1\1\1" */
	FIELD_TARGET,
	FIELD_RUN,
	FIELD_SERIAL,
	FIELD_TIME,
	FIELDS
};
#define T_SENDER "\1\1\1\1\1"
#define T_TARGET "\2\2\2\2\2"
#define T_RUN	 "\3\3\3\3"
#define T_SERIAL "\4\4\4\4\4\4\4\4"
#define T_TIME	 "\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5"

/* What a body begins with; stamp_read finds it again on the other side. The
 * whole body is BODY_BYTES long. */
#define T_STAMP T_RUN "-" T_SERIAL "-" T_TIME " "
#define T_BODY                                                                 \
	T_STAMP "Wherefore art thou, Romeo? Deny thy father and refuse thy "   \
		"name; or."
enum { BODY_BYTES = 98, STAMP_BYTES = 4 + 1 + 8 + 1 + 16 };

enum { TEMPLATE_BYTES = 2048, TEMPLATE_FIELDS = 16 };
struct template
{
	char text[TEMPLATE_BYTES];
	size_t n;
	struct {
		size_t at, width;
		int which;
	} field[TEMPLATE_FIELDS];
	size_t count;
};

struct stamp {
	unsigned run;
	uint32_t serial;
	uint64_t time_ns;
};

void template_init(struct template *t, const char *text);
/* Writes t->n bytes to out. */
void template_write(const struct template *t, const uint64_t value[FIELDS],
		    char *out);
/* n hexadecimal digits; what follows the first other character is ignored. */
uint64_t hex_read(const char *p, size_t n);
void stamp_read(const char *body, struct stamp *out);

#endif
