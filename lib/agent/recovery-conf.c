/* Parameters of ocf:vmha:recovery, which are the daemon's configuration. */
#include "recovery-conf.h"

#include <string.h>

#include "cleanup.h"
#include "scan.h"

#define SECOND UINT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

static const char *const service_vms[] = {
    [SERVICE_VMS_SKIP] = "skip", [SERVICE_VMS_EVACUATE] = "evacuate", NULL
};

const char *const recovery_methods[] = { "auto", "reserved_host",
                                         "auto_priority", "rh_priority", NULL };

static const char *const affinity_choices[] = {
    [AFFINITY_WAIT] = "wait",
    [AFFINITY_EVACUATE] = "evacuate",
    NULL,
};

static const char *const power_choices[] = {
    [POWER_ON_AFTER_RECOVERY] = "after_recovery",
    [POWER_ON_NEVER] = "never",
    NULL,
};

/* clang-format off */
const struct param recovery_params[] = {
    { .name = "cloud",
      FIELD_STRING(struct recovery_conf, cloud),
      .flags = PARAM_REQUIRED,
      .summary = "Cloud in clouds.yaml",
      .text = "Name of the cloud whose instances are recovered, as it is in "
              "clouds.yaml. Its user must be allowed to evacuate instances "
              "and to change compute services (by default: admin)." },
    { .name = "clouds_yaml",
      FIELD_STRING(struct recovery_conf, clouds_yaml),
      .def = VMHA_SYSCONFDIR "/vmha/clouds.yaml",
      .summary = "Path of clouds.yaml",
      .text = "File with the credentials, the same on every node that may "
              "run the resource. A secure.yaml beside it is merged into it. "
              "Both must belong to root and be readable by nobody else." },
    { .name = "segment",
      FIELD_STRING(struct recovery_conf, segment),
      .flags = PARAM_UNIQUE,
      .summary = "Failover segment",
      .text = "The resource recovers the hosts whose node attribute "
              "vmha-segment has this value. Without it: the hosts without the "
              "attribute, or all hosts where it is the only resource of its "
              "kind. Resources whose hosts overlap refuse to work." },
    { .name = "enabled",
      FIELD_BOOL(struct recovery_conf, is_enabled),
      .def = "true",
      .flags = PARAM_RELOADABLE,
      .summary = "Recover the hosts of the segment",
      .text = "If false, hosts are fenced and their failures are noted as "
              "always, but nothing in the cloud is changed until it is true "
              "again: the resource works as if vmha were disarmed for its "
              "hosts alone." },
    { .name = "recovery_method",
      FIELD_CHOICE(struct recovery_conf, recovery_method),
      .def = "auto",
      .choices = recovery_methods,
      .flags = PARAM_RELOADABLE,
      .summary = "Where instances go",
      .text = "auto: Nova's scheduler chooses. reserved_host: to reserved "
              "hosts of the segment only (node attribute vmha-reserved). "
              "auto_priority: the scheduler chooses; where it finds no host, "
              "a reserved one is used. rh_priority: a reserved host; where "
              "none has room, the scheduler chooses." },
    { .name = "add_reserved_host_to_aggregate",
      FIELD_BOOL(struct recovery_conf, joins_aggregates),
      .def = "false",
      .flags = PARAM_RELOADABLE,
      .summary = "Add reserved hosts to aggregates",
      .text = "A reserved host that is taken is added to the aggregates of "
              "the failed host, and taken out again if no instance came." },
    { .name = "trust_manual_ack",
      FIELD_BOOL(struct recovery_conf, trusts_manual_ack),
      .def = "false",
      .flags = PARAM_RELOADABLE,
      .summary = "Take a manual acknowledgement for fencing",
      .text = "Whether a fencing that a person confirmed (pcs stonith "
              "confirm, stonith_admin --confirm) proves that the host is "
              "off. If the person was wrong, instances run twice and their "
              "disks are destroyed. Without it, such a host is shown as held "
              "by vmha status and its instances are left alone." },
    { .name = "post_settle",
      FIELD_DURATION(struct recovery_conf, post_settle_ms),
      .def = "60s",
      .min = 5 * SECOND,
      .max = HOUR,
      .flags = PARAM_RELOADABLE,
      .summary = "Wait after an evacuation request without an answer",
      .text = "An evacuation whose outcome is unknown (timeout, broken "
              "connection, crash) is requested again only this long after "
              "the last possible request, and only if Nova then has no "
              "record of it. It must not be shorter than the request timeout "
              "of the Nova API and of what stands before it." },
    { .name = "max_posts",
      FIELD_UINT(struct recovery_conf, max_posts),
      .def = "64",
      .min = 1,
      .max = 1000,
      .flags = PARAM_RELOADABLE,
      .summary = "Most evacuation requests in flight",
      .text = "Upper limit for evacuation requests that Nova has not yet "
              "answered. The number in flight adapts to the cloud below it: "
              "it grows while Nova answers well and is halved when it does "
              "not." },
    { .name = "poll_interval",
      FIELD_DURATION(struct recovery_conf, poll_interval_ms),
      .def = "1s",
      .min = SECOND / 5,
      .max = MINUTE,
      .flags = PARAM_RELOADABLE,
      .summary = "Time between two looks at running evacuations",
      .text = "How often Nova is asked for the progress of evacuations while "
              "some are running. One request tells it for a whole host." },
    { .name = "request_timeout",
      FIELD_DURATION(struct recovery_conf, request_timeout_ms),
      .def = "60s",
      .min = SECOND,
      .max = 10 * MINUTE,
      .flags = PARAM_RELOADABLE,
      .summary = "Time for one request to the cloud",
      .text = "A request without an answer after this time has an unknown "
              "outcome." },
    { .name = "retry_min",
      FIELD_DURATION(struct recovery_conf, retry_min_ms),
      .def = "5s",
      .min = SECOND,
      .max = HOUR,
      .flags = PARAM_RELOADABLE,
      .summary = "First wait of an instance without a place",
      .text = "An instance for which no host has room is tried again after "
              "this time, then after twice as long each time, for ever." },
    { .name = "retry_max",
      FIELD_DURATION(struct recovery_conf, retry_max_ms),
      .def = "5min",
      .min = SECOND,
      .max = 24 * HOUR,
      .flags = PARAM_RELOADABLE,
      .summary = "Longest wait of an instance without a place",
      .text = "The wait of retry_min grows to this time at most." },
    { .name = "max_failed_hosts",
      FIELD_STRING(struct recovery_conf, max_failed),
      .def = "50%",
      .flags = PARAM_RELOADABLE,
      .summary = "Most hosts of the segment that may fail together",
      .text = "The brake: where more hosts than this fail within "
              "brake_window, those of which no instance was evacuated yet are "
              "held until vmha release, or until hosts are back. A number, "
              "or a share of the segment's hosts, rounded down, but at least "
              "2. 0 holds every host; 100% none." },
    { .name = "max_failed_hosts_total",
      FIELD_STRING(struct recovery_conf, max_failed_total),
      .def = "50%",
      .flags = PARAM_RELOADABLE,
      .summary = "Most hosts of all segments that may fail together",
      .text = "The same for the compute hosts of all segments: failures that "
              "other resources of vmha recover count, too." },
    { .name = "brake_window",
      FIELD_DURATION(struct recovery_conf, brake_window_ms),
      .def = "10min",
      .min = SECOND,
      .max = 24 * HOUR,
      .flags = PARAM_RELOADABLE,
      .summary = "Time within which hosts fail together",
      .text = "Hosts that are fenced within this time of each other count as "
              "failing together, as long as they are not back and not "
              "released. A host that is fenced again meanwhile has failed "
              "once, at its first fencing." },
    { .name = "brake_release_after",
      FIELD_DURATION(struct recovery_conf, brake_release_ms),
      .def = "0",
      .max = 24 * HOUR,
      .flags = PARAM_RELOADABLE,
      .summary = "Time after which a held host is recovered all the same",
      .text = "A host that the brake holds is recovered so long after its "
              "fencing, if nobody has released it before. 0: never." },
    { .name = "evacuate_all_instances",
      FIELD_BOOL(struct recovery_conf, takes_all),
      .def = "true",
      .flags = PARAM_RELOADABLE,
      .summary = "Recover instances that do not ask for it",
      .text = "If true, all instances are recovered but those that opt out "
              "by metadata (see ha_enabled_key). If false, only those that "
              "opt in." },
    { .name = "ha_enabled_key",
      FIELD_STRING(struct recovery_conf, ha_key),
      .def = "HA_Enabled",
      .flags = PARAM_RELOADABLE,
      .summary = "Metadata by which an instance opts in or out",
      .text = "Key of the instance's metadata whose value true opts in and "
              "false opts out (also yes and no, on and off, 1 and 0, in any "
              "case). Any other value counts as none and is logged." },
    { .name = "ignore_instances_in_error_state",
      FIELD_BOOL(struct recovery_conf, skips_errors),
      .def = "false",
      .flags = PARAM_RELOADABLE,
      .summary = "Leave instances alone that were in error before",
      .text = "Whether an instance that was in the state error already when "
              "its host failed is left alone. One that gets into that state "
              "because no host had room for it is tried again all the same. "
              "Where another node takes a recovery over, it cannot tell them "
              "apart, and recovers both." },
    { .name = "exclude",
      FIELD_STRING(struct recovery_conf, exclude),
      .flags = PARAM_RELOADABLE,
      .summary = "Instances that are left alone",
      .text = "List of rules with commas between them; an instance that "
              "matches one is left alone, whatever its metadata says. A rule "
              "is project=ID, name=PATTERN, flavor=PATTERN, "
              "flavor:KEY=PATTERN (an extra spec), image=PATTERN (the image's "
              "ID), tag=PATTERN, metadata:KEY=PATTERN or zone=PATTERN (the "
              "availability zone). In a pattern, * stands for any text and ? "
              "for one character (use it for a comma)." },
    { .name = "service_vms",
      FIELD_CHOICE(struct recovery_conf, service_vms),
      .choices = service_vms,
      .def = "skip",
      .flags = PARAM_RELOADABLE,
      .summary = "Instances that belong to an OpenStack service",
      .text = "skip leaves instances whose name is amphora- and a UUID to "
              "Octavia, which replaces a load balancer that does not answer; "
              "evacuated, it would come back beside its successor and without "
              "its certificates. evacuate treats them like others." },
    { .name = "shared_storage",
      FIELD_BOOL(struct recovery_conf, has_shared_storage),
      .def = "false",
      .flags = PARAM_RELOADABLE,
      .summary = "No disk of an instance is lost with its host",
      .text = "Say true where Nova keeps the disks of instances that boot "
              "from an image on storage that all hosts share (Ceph RBD, NFS). "
              "Nova does not tell. local_disk has no meaning then." },
    { .name = "local_disk",
      FIELD_STRING(struct recovery_conf, local_disk),
      .def = "evacuate",
      .flags = PARAM_RELOADABLE,
      .summary = "Instances whose disk may be on their host",
      .text = "What happens to an instance that boots from an image, unless "
              "shared_storage is true. evacuate recovers it at once, with a "
              "new disk from its image where the old one is on the failed "
              "host: what it had written is lost, and destroyed when that "
              "host returns. wait:TIME gives the host so long to return "
              "first; the time starts anew when the daemon does. skip leaves "
              "the instance to its host. Instances that boot from a volume "
              "are always recovered." },
    { .name = "priority_key",
      FIELD_STRING(struct recovery_conf, priority_key),
      .def = "vmha:priority",
      .flags = PARAM_RELOADABLE,
      .summary = "Metadata with the instance's priority",
      .text = "Key of the instance's metadata whose value says when its turn "
              "is: first, high, medium, low, last, or a number from 1000 "
              "(first) to 0 (last), 500 being medium. Without it "
              "instanceha:restart_priority counts, a number that is read in "
              "the same way; without both, or if it makes no sense, the "
              "instance is medium." },
    { .name = "start_by_level",
      FIELD_BOOL(struct recovery_conf, starts_by_level),
      .def = "false",
      .flags = PARAM_RELOADABLE,
      .summary = "Start instances of one priority after the other",
      .text = "If true, instances start only when all of higher priority, of "
              "all hosts that are recovered together, are active. Where Nova "
              "has microversion 2.95 (2023.1 and later), all are evacuated at "
              "once, arrive stopped, and are started level by level. An older "
              "Nova starts what it evacuates: there each evacuation waits for "
              "its level, which takes longer." },
    { .name = "level_pause",
      FIELD_DURATION(struct recovery_conf, level_pause_ms),
      .def = "0",
      .max = HOUR,
      .flags = PARAM_RELOADABLE,
      .summary = "Time between two levels",
      .text = "With start_by_level: so long after its last instance is active "
              "a level counts as ready, for what must start inside of the "
              "instances." },
    { .name = "level_timeout",
      FIELD_DURATION(struct recovery_conf, level_timeout_ms),
      .def = "5min",
      .min = SECOND,
      .max = 24 * HOUR,
      .flags = PARAM_RELOADABLE,
      .summary = "Longest wait for the instances of a level",
      .text = "With start_by_level: instances that are not active so long "
              "after their turn has come (no host has room for them, say) are "
              "waited for no longer; they are tried on as always." },
    { .name = "affinity_groups",
      FIELD_CHOICE(struct recovery_conf, affinity_groups),
      .def = "wait",
      .choices = affinity_choices,
      .flags = PARAM_RELOADABLE,
      .summary = "Instances of an affinity group that has no living host",
      .text = "Where all members of a server group with the policy affinity "
              "were on failed hosts, Nova's scheduler finds no host for any of "
              "them. wait: they are not evacuated, but started on their own "
              "host when it is back. evacuate: they are tried like others, "
              "for clouds whose scheduler does not use "
              "ServerGroupAffinityFilter." },
    { .name = "power_on",
      FIELD_CHOICE(struct recovery_conf, power_on),
      .choices = power_choices,
      .def = "after_recovery",
      .flags = PARAM_RELOADABLE,
      .summary = "When a fenced host is powered on again",
      .text = "after_recovery: as soon as no instance of it is being evacuated "
              "any more; instances for which there is no room wait for it, "
              "and a host that the brake holds is powered on at once. "
              "never: an administrator does it." },
    { .name = "quarantine_failures",
      FIELD_UINT(struct recovery_conf, quarantine_failures),
      .def = "5",
      .max = 9,
      .flags = PARAM_RELOADABLE,
      .summary = "Most failures of a host that comes back into service",
      .text = "A host that has failed more often than this within "
              "quarantine_window is quarantined: its instances are recovered, "
              "and it comes back, but stays disabled in Nova until vmha host "
              "release. 0: never." },
    { .name = "quarantine_window",
      FIELD_DURATION(struct recovery_conf, quarantine_window_ms),
      .def = "24h",
      .min = MINUTE,
      .max = 31 * 24 * HOUR,
      .flags = PARAM_RELOADABLE,
      .summary = "Time within which the failures of a host count",
      .text = "How long a failure of a host counts for "
              "quarantine_failures." },
    { .name = "restart_all_instances",
      FIELD_BOOL(struct recovery_conf, restarts_all),
      .def = "false",
      .flags = PARAM_RELOADABLE,
      .summary = "Restart instances that do not ask for it",
      .text = "An instance that dies on a living host is restarted there, if "
              "it opts in by metadata (see ha_enabled_key); if true, also "
              "where it says nothing. Needs ocf:vmha:watch on the hosts." },
    { .name = "restart_limit",
      FIELD_UINT(struct recovery_conf, restart_limit),
      .def = "3",
      .max = 16,
      .flags = PARAM_RELOADABLE,
      .summary = "Most restarts of one instance",
      .text = "An instance that was restarted so often within restart_window "
              "is left alone until the first of these is older. 0: no "
              "instance is restarted." },
    { .name = "restart_window",
      FIELD_DURATION(struct recovery_conf, restart_window_ms),
      .def = "1h",
      .min = MINUTE,
      .max = 31 * 24 * HOUR,
      .flags = PARAM_RELOADABLE,
      .summary = "Time within which the restarts of an instance count",
      .text = "How long a restart counts for restart_limit. Nova's own list of "
              "actions tells of restarts by earlier daemons." },
    { .name = "restart_pause",
      FIELD_DURATION(struct recovery_conf, restart_pause_ms),
      .def = "10s",
      .min = SECOND,
      .max = HOUR,
      .flags = PARAM_RELOADABLE,
      .summary = "Wait before an instance is restarted again",
      .text = "An instance that dies again waits so long after its restart, "
              "then twice as long each time, but not above 5 minutes." },
    { .name = "max_restarts",
      FIELD_UINT(struct recovery_conf, max_restarts),
      .def = "8",
      .min = 1,
      .max = 1000,
      .flags = PARAM_RELOADABLE,
      .summary = "Most instances that are being restarted at once",
      .text = "Upper limit for each cause (a crash, an I/O error...)." },
    { .name = "restart_storm",
      FIELD_UINT(struct recovery_conf, restart_storm),
      .def = "10",
      .min = 2,
      .max = 100000,
      .flags = PARAM_RELOADABLE,
      .summary = "Instances that make a storm",
      .text = "Where so many instances are down by one cause, such as storage "
              "that is gone, one is restarted first; when that has helped, "
              "two, then four, and so on, by priority; when it has not, the "
              "next try comes later and later." },
    { .name = "host_restart_rate",
      FIELD_UINT(struct recovery_conf, host_restarts),
      .def = "20",
      .min = 1,
      .max = 10000,
      .flags = PARAM_RELOADABLE,
      .summary = "Most restarts on one host within a minute",
      .text = "What is reported above it waits: a host, which might be in "
              "wrong hands, cannot keep the cloud busy." },
    { .name = "max_shut_hosts",
      FIELD_STRING(struct recovery_conf, max_shut),
      .def = "50%",
      .flags = PARAM_RELOADABLE,
      .summary = "Most hosts that take no new instances because of faults",
      .text = "A living host that reports a lasting fault of a process or a "
              "mount is disabled in Nova until that is mended, unless so many "
              "hosts of the segment are already. A number, or a share of the "
              "segment's hosts, rounded down, but at least 2. 0: none is." },
    { .name = "metrics_dir",
      FIELD_STRING(struct recovery_conf, metrics_dir),
      .flags = PARAM_RELOADABLE,
      .summary = "Directory for metrics",
      .text = "Where the daemon writes vmha-RESOURCE.prom every ten seconds, "
              "for the text collector of Prometheus' node exporter "
              "(/var/lib/prometheus/node-exporter on Debian). It must exist "
              "on every node that may run the resource. Without it, no "
              "metrics are written. vmha-recoveryd(8) lists them." },
    { .name = "alert",
      FIELD_STRING(struct recovery_conf, alert),
      .flags = PARAM_RELOADABLE,
      .summary = "Program to be told of events",
      .text = "Absolute path of a program that is run, without arguments, "
              "when a recovery starts or ends, when a host is held or "
              "quarantined, when Nova leaves evacuations in one state, and "
              "when instances are given up. It has the event as JSON on "
              "standard input. vmha-recoveryd(8) has more." },
    { .name = "webhook",
      FIELD_STRING(struct recovery_conf, webhook),
      .flags = PARAM_RELOADABLE,
      .summary = "URL to be told of events",
      .text = "The same JSON is posted to this URL (http or https), and "
              "again for some minutes while nobody takes it. The URL is in "
              "the CIB and in logs: it must contain no secret. Where the "
              "receiver wants one, use a program (alert)." },
    { .name = "debug",
      FIELD_BOOL(struct recovery_conf, is_debug),
      .def = "false",
      .summary = "Log debug messages",
      .text = "Log every step of a recovery. Never contains credentials." },
    { .name = NULL },
};
/* clang-format on */

void
recovery_conf_clear(struct recovery_conf *conf)
{
    param_free(recovery_params, conf);
}

static int
check_share(const char *name, const char *text, struct vmha_error *err)
{
    unsigned value;
    bool is_percent;

    if (scan_share(text, &value, &is_percent) == 0)
        return 0;
    return vmha_fail(err, VMHA_E_CONFIG, 0,
                     "%s: '%.64s' is neither a number nor a share such as 50%%",
                     name, text);
}

static int
check_path(const char *name, const char *text, struct vmha_error *err)
{
    if (!text || *text == '/')
        return 0;
    return vmha_fail(err, VMHA_E_CONFIG, 0, "%s: '%.64s' is no absolute path",
                     name, text);
}

/* It is shown in the CIB and in logs: a password in it would be, too. */
static int
check_url(const char *name, const char *text, struct vmha_error *err)
{
    const char *host;

    if (!text)
        return 0;
    host = strstr(text, "://");
    if ((strncmp(text, "http://", 7) != 0 &&
         strncmp(text, "https://", 8) != 0) ||
        strspn(host + 3, "/?# ") > 0 || !host[3] || strpbrk(text, " \t\r\n"))
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "%s: '%.64s' is no URL such as https://host/path",
                         name, text);
    if (memchr(host + 3, '@', strcspn(host + 3, "/?#")))
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "%s: a URL with a user or password is not allowed "
                         "here, where everybody reads it",
                         name);
    return 0;
}

int
recovery_conf_check(const struct recovery_conf *conf, struct vmha_error *err)
{
    if (check_share("max_failed_hosts", conf->max_failed, err) == -1 ||
        check_share("max_failed_hosts_total", conf->max_failed_total, err) ==
            -1 ||
        check_share("max_shut_hosts", conf->max_shut, err) == -1)
        return -1;
    if (check_path("metrics_dir", conf->metrics_dir, err) == -1 ||
        check_path("alert", conf->alert, err) == -1 ||
        check_url("webhook", conf->webhook, err) == -1)
        return -1;
    if (conf->retry_min_ms > conf->retry_max_ms)
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "retry_min is longer than retry_max");
    if (conf->has_shared_storage && strcmp(conf->local_disk, "evacuate") != 0)
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "local_disk=%.40s has no meaning with "
                         "shared_storage=true",
                         conf->local_disk);
    return 0;
}

int
recovery_conf_read(const char *path, struct recovery_conf *ret_conf,
                   struct vmha_error *err)
{
    CLEANUP(recovery_conf_clear) struct recovery_conf conf = RECOVERY_CONF_INIT;

    if (param_defaults(recovery_params, &conf, err) == -1 ||
        param_from_file(recovery_params, &conf, path, err) == -1)
        return -1;
    if (param_finish(recovery_params, &conf, err) == -1 ||
        recovery_conf_check(&conf, err) == -1)
        return vmha_context(err, "%s", path);
    *ret_conf = conf;
    conf = (struct recovery_conf) RECOVERY_CONF_INIT;
    return 0;
}
