/* Parameters of ocf:vmha:watch, which are the daemon's configuration. */
#include "watch-conf.h"

#include <unistd.h>

#include "cleanup.h"
#include "processes-conf.h"

#define SECOND UINT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

#define DEFAULT_PROCESSES VMHA_SYSCONFDIR "/vmha/processes.conf"

/* clang-format off */
const struct param watch_params[] = {
    { .name = "uri",
      FIELD_STRING(struct watch_conf, uri),
      .def = "qemu:///system",
      .summary = "libvirt's URI",
      .text = "Where libvirt is, on this host. Its events are read over a "
              "read-only connection; a second one, of a process that may be "
              "ended at any time, asks guest agents and QEMU." },
    { .name = "report_crash",
      FIELD_BOOL(struct watch_conf, reports_crash),
      .def = "true",
      .flags = PARAM_RELOADABLE,
      .summary = "Report a VM whose QEMU has died",
      .text = "QEMU was killed or crashed: libvirt's events Stopped Failed "
              "and Stopped Crashed. A VM that was shut down, destroyed, saved "
              "or migrated is never reported." },
    { .name = "report_panic",
      FIELD_BOOL(struct watch_conf, reports_panic),
      .def = "true",
      .flags = PARAM_RELOADABLE,
      .summary = "Report a VM whose kernel has panicked",
      .text = "The guest needs a pvpanic device. What the domain's on_crash "
              "restarts by itself is not reported." },
    { .name = "report_watchdog",
      FIELD_BOOL(struct watch_conf, reports_watchdog),
      .def = "true",
      .flags = PARAM_RELOADABLE,
      .summary = "Report a VM that its watchdog has stopped",
      .text = "The guest's watchdog device fired, and its action was pause, "
              "poweroff or shutdown. With reset the VM runs on, and with none "
              "nothing was wanted." },
    { .name = "report_io_pause",
      FIELD_BOOL(struct watch_conf, reports_io_pause),
      .def = "true",
      .flags = PARAM_RELOADABLE,
      .summary = "Report a VM that is paused on an I/O error",
      .text = "QEMU has paused the VM as its disk failed or is full." },
    { .name = "report_io_error",
      FIELD_BOOL(struct watch_conf, reports_io_error),
      .def = "true",
      .flags = PARAM_RELOADABLE,
      .summary = "Report a VM whose guest was told of an I/O error",
      .text = "Its disk failed, and the guest runs on with the error, as with "
              "Masakari. It is reported until it is started anew." },
    { .name = "report_hang",
      FIELD_BOOL(struct watch_conf, reports_hang),
      .def = "true",
      .flags = PARAM_RELOADABLE,
      .summary = "Report a VM whose QEMU does not answer",
      .text = "libvirt has lost its monitor, or has waited for it longer than "
              "probe_timeout." },
    { .name = "report_gone",
      FIELD_BOOL(struct watch_conf, reports_gone),
      .def = "true",
      .flags = PARAM_RELOADABLE,
      .summary = "Report a VM that ended while libvirt was down",
      .text = "It ran before the connection to libvirt was lost, does not run "
              "now, and nobody can tell how it ended. Where libvirt has no "
              "domain of it any more it is reported for ten minutes." },
    { .name = "probe_interval",
      FIELD_DURATION(struct watch_conf, probe_interval_ms),
      .def = "30s",
      .max = 24 * HOUR,
      .flags = PARAM_RELOADABLE,
      .summary = "Time between two questions to QEMU",
      .text = "libvirt has no event for a QEMU that hangs, so each is asked "
              "once in this time. 0: never." },
    { .name = "probe_timeout",
      FIELD_DURATION(struct watch_conf, probe_timeout_ms),
      .def = "30s",
      .min = 5 * SECOND,
      .max = HOUR,
      .flags = PARAM_RELOADABLE,
      .summary = "How long QEMU may not answer",
      .text = "A VM is reported when libvirt has waited so long for its "
              "monitor. QEMU may answer late under heavy load, or when its "
              "storage hangs." },
    { .name = "guest_agents",
      FIELD_STRING(struct watch_conf, guest_agents),
      .flags = PARAM_RELOADABLE,
      .summary = "Flavors whose guest agents are pinged",
      .text = "Patterns of names of Nova's flavors, with commas between them; "
              "in a pattern, * stands for any text and ? for one character. "
              "Of VMs of these flavors that have a channel for the QEMU guest "
              "agent (the image's property hw_qemu_guest_agent=yes) the agent "
              "is pinged, from its first answer after a start or reboot on. "
              "Without this parameter, no agent is." },
    { .name = "guest_agent_interval",
      FIELD_DURATION(struct watch_conf, agent_interval_ms),
      .def = "10s",
      .min = SECOND,
      .max = HOUR,
      .flags = PARAM_RELOADABLE,
      .summary = "Time between two pings of a guest agent",
      .text = "The time between two pings of a guest agent. One that is known "
              "to be silent is pinged a sixth as often." },
    { .name = "guest_agent_timeout",
      FIELD_DURATION(struct watch_conf, agent_timeout_ms),
      .def = "2s",
      .min = SECOND,
      .max = MINUTE,
      .flags = PARAM_RELOADABLE,
      .summary = "Time in which a guest agent must answer",
      .text = "The time in which a guest agent must answer a ping. One VM is "
              "asked at a time, so many silent ones take longer to be seen." },
    { .name = "guest_agent_misses",
      FIELD_UINT(struct watch_conf, agent_misses),
      .def = "5",
      .min = 1,
      .max = 1000,
      .flags = PARAM_RELOADABLE,
      .summary = "Pings in a row that may be missed",
      .text = "A VM is reported when so many pings in a row had no answer." },
    { .name = "processes",
      FIELD_STRING(struct watch_conf, processes),
      .flags = PARAM_RELOADABLE,
      .summary = "The file that lists processes and mounts",
      .text = "What VMs need of this host, see vmha-processes.conf(5). One "
              "that ends in .yaml is Masakari's process_list.yaml. Without "
              "this parameter it is vmha/processes.conf in the system's "
              "configuration directory (/etc), if there is such a file." },
    { .name = "debug",
      FIELD_BOOL(struct watch_conf, is_debug),
      .def = "false",
      .summary = "Log debug messages",
      .text = "Log every event." },
    { .name = NULL },
};
/* clang-format on */

void
watch_conf_clear(struct watch_conf *conf)
{
    param_free(watch_params, conf);
}

const char *
watch_conf_processes(const struct watch_conf *conf)
{
    if (conf->processes)
        return conf->processes;
    return access(DEFAULT_PROCESSES, F_OK) == 0 ? DEFAULT_PROCESSES : NULL;
}

static int
check_processes(const struct watch_conf *conf, struct vmha_error *err)
{
    CLEANUP(processes_conf_clear)
    struct processes_conf list = PROCESSES_CONF_INIT;

    if (processes_conf_read(watch_conf_processes(conf), &list, err) == 0)
        return 0;
    if (err->kind == VMHA_E_ABSENT)
        err->kind = VMHA_E_CONFIG;
    return -1;
}

int
watch_conf_check(const struct watch_conf *conf, struct vmha_error *err)
{
    if (conf->agent_timeout_ms >= conf->agent_interval_ms)
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "guest_agent_timeout is not shorter than "
                         "guest_agent_interval");
    return 0;
}

int
watch_conf_check_all(const struct watch_conf *conf, struct vmha_error *err)
{
    return watch_conf_check(conf, err) == -1 ? -1 : check_processes(conf, err);
}

int
watch_conf_read(const char *path, struct watch_conf *ret_conf,
                struct vmha_error *err)
{
    CLEANUP(watch_conf_clear) struct watch_conf conf = WATCH_CONF_INIT;

    if (param_defaults(watch_params, &conf, err) == -1 ||
        param_from_file(watch_params, &conf, path, err) == -1)
        return -1;
    if (param_finish(watch_params, &conf, err) == -1 ||
        watch_conf_check(&conf, err) == -1)
        return vmha_context(err, "%s", path);
    *ret_conf = conf;
    conf = (struct watch_conf) WATCH_CONF_INIT;
    return 0;
}
