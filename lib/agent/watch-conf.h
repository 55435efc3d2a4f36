/* Parameters of ocf:vmha:watch, which are the daemon's configuration. */
#ifndef VMHA_WATCH_CONF_H
#define VMHA_WATCH_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "param.h"

struct watch_conf {
    char *uri;
    bool reports_crash, reports_panic, reports_watchdog, reports_io_pause,
        reports_io_error, reports_hang, reports_gone;
    uint64_t probe_interval_ms; /* 0: never */
    uint64_t probe_timeout_ms;
    char *guest_agents; /* flavors; NULL: none */
    uint64_t agent_interval_ms, agent_timeout_ms;
    unsigned agent_misses;
    char *processes; /* a file; NULL: the usual one, which may be missing */
    bool is_debug;
};

extern const struct param watch_params[];

/* Empty, for param_defaults; release with watch_conf_clear. */
#define WATCH_CONF_INIT                                                        \
    {                                                                          \
        0                                                                      \
    }
void watch_conf_clear(struct watch_conf *conf);

/* What no single parameter can tell... */
int watch_conf_check(const struct watch_conf *conf, struct vmha_error *err);
/* ...and the file that lists processes. */
int watch_conf_check_all(const struct watch_conf *conf, struct vmha_error *err);

/* The file that lists processes and mounts; NULL: there is none.  Lives as long
 * as CONF.
 */
const char *watch_conf_processes(const struct watch_conf *conf);

/* Read the file that the agent wrote and check it whole.  *RET_CONF is empty
 * before; untouched on failure.
 */
int watch_conf_read(const char *path, struct watch_conf *ret_conf,
                    struct vmha_error *err);

#endif
