#ifndef STOX_GATEWAY_SERVICE_H
#define STOX_GATEWAY_SERVICE_H
#include "gateway/config/config.h"

/* The gateway as a service: loop, signals, and what systemd is told. Runs
 * until SIGTERM or SIGINT, and then at most cfg->drain_ms and a little more.
 * A second signal ends it at once. false when it could not start, or when
 * what was under way was given up; the log says why. is_verbose: log
 * everything, also after a reload, whatever the settings say. */
bool service_run(const struct config *cfg, bool is_verbose);

#endif
