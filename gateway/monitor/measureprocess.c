#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>
#include "gateway/base/log.h"
#include "gateway/bridge.h"
#include "gateway/monitor/measures.h"

void measure_build(struct metric_out *o, const struct bridge *b)
{
	(void)b;
	metric_put(o, METRIC_LABELS(LABEL("version", STR_LIT(STOX_VERSION))),
		   1);
}

void measure_uptime(struct metric_out *o, const struct bridge *b)
{
	metric_put_ms(o, METRIC_PLAIN, loop_now_ms(b->loop) - b->since_ms);
}

void measure_draining(struct metric_out *o, const struct bridge *b)
{
	metric_put(o, METRIC_PLAIN, b->is_draining);
}

void measure_memory(struct metric_out *o, const struct bridge *b)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long all, resident;

	(void)b;
	if (f == NULL)
		return;
	if (fscanf(f, "%lu %lu", &all, &resident) == 2)
		metric_put(o, METRIC_PLAIN,
			   (uint64_t)resident *
				   (uint64_t)sysconf(_SC_PAGESIZE));
	fclose(f);
}

void measure_cpu(struct metric_out *o, const struct bridge *b)
{
	struct rusage u;

	(void)b;
	if (getrusage(RUSAGE_SELF, &u) == 0)
		metric_put_ms(
			o, METRIC_PLAIN,
			(uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) *
					1000 +
				(uint64_t)(u.ru_utime.tv_usec +
					   u.ru_stime.tv_usec) /
					1000);
}

void measure_descriptors(struct metric_out *o, const struct bridge *b)
{
	DIR *d = opendir("/proc/self/fd");
	uint64_t n = 0;

	(void)b;
	if (d == NULL)
		return;
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	/* "." and "..", and the one that reads. */
	metric_put(o, METRIC_PLAIN, n > 3 ? n - 3 : 0);
}

void measure_log_lines(struct metric_out *o, const struct bridge *b)
{
	int i;

	(void)b;
	for (i = LOG_LEVEL_ERROR; i <= LOG_LEVEL_DEBUG; i++)
		metric_put(o,
			   METRIC_LABELS(LABEL(
				   "level",
				   str_z(log_level_name((enum log_level)i)))),
			   log_count((enum log_level)i));
}
