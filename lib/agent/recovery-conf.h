/* Parameters of ocf:vmha:recovery, which are the daemon's configuration. */
#ifndef VMHA_RECOVERY_CONF_H
#define VMHA_RECOVERY_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "param.h"

enum service_vms { SERVICE_VMS_SKIP, SERVICE_VMS_EVACUATE };
enum affinity_groups { AFFINITY_WAIT, AFFINITY_EVACUATE };
enum power_on { POWER_ON_AFTER_RECOVERY, POWER_ON_NEVER };

struct recovery_conf {
    char *cloud;
    char *clouds_yaml;
    char *segment; /* NULL: hosts without a segment */
    bool is_enabled;
    int recovery_method; /* index into recovery_methods */
    bool joins_aggregates;
    bool trusts_manual_ack;
    uint64_t post_settle_ms;
    unsigned max_posts;
    uint64_t poll_interval_ms;
    uint64_t request_timeout_ms;
    uint64_t retry_min_ms, retry_max_ms;
    char *max_failed, *max_failed_total;        /* as scan_share reads them */
    uint64_t brake_window_ms, brake_release_ms; /* release 0: never */
    /* which VMs, in what order: see lib/policy/select.h */
    bool takes_all;
    char *ha_key;
    bool skips_errors;
    char *exclude;
    int service_vms; /* enum service_vms */
    char *local_disk;
    bool has_shared_storage;
    char *priority_key;
    bool starts_by_level;
    uint64_t level_pause_ms, level_timeout_ms;
    int affinity_groups;          /* enum affinity_groups */
    int power_on;                 /* enum power_on */
    unsigned quarantine_failures; /* 0: never */
    uint64_t quarantine_window_ms;
    /* VMs that die on a living host: see lib/policy/repair.h, storm.h */
    bool restarts_all;
    unsigned restart_limit; /* 0: none is restarted */
    uint64_t restart_window_ms, restart_pause_ms;
    unsigned max_restarts, restart_storm, host_restarts;
    char *max_shut;    /* as scan_share reads it; see lib/policy/scheduling.h */
    char *metrics_dir; /* NULL: none */
    char *alert, *webhook; /* NULL: none */
    bool is_debug;
};

extern const struct param recovery_params[];
extern const char *const recovery_methods[]; /* ends with NULL */

/* Empty, for param_defaults; release with recovery_conf_clear. */
#define RECOVERY_CONF_INIT                                                     \
    {                                                                          \
        0                                                                      \
    }
void recovery_conf_clear(struct recovery_conf *conf);

/* What no single parameter can tell. */
int recovery_conf_check(const struct recovery_conf *conf,
                        struct vmha_error *err);

/* Read the file that the agent wrote (defaults included) and check it whole.
 * *RET_CONF is empty or released before; untouched on failure.
 */
int recovery_conf_read(const char *path, struct recovery_conf *ret_conf,
                       struct vmha_error *err);

#endif
