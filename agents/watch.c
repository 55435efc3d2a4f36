/* ocf:vmha:watch: runs vmha-watchd, which tells the cluster what is wrong with
 * the VMs of this compute host.
 *
 * Neither start nor stop nor monitor waits for libvirt: a failed stop would
 * fence the host whose VMs are to be protected.
 */
#include <poll.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "clock.h"
#include "launch.h"
#include "ocf.h"
#include "service.h"
#include "watch-conf.h"
#include "xalloc.h"

/* All of a stop takes less than five seconds. */
enum {
    STOP_MS = 500, /* and then it is killed */
    TAKE_BACK_MS = 1000,
    POLL_MS = 20
};

enum { DEPTH = 10, DEPTH_MS = 12000 };

#define DAEMON "vmha-watchd"

static int
action_monitor(void *conf, struct vmha_error *err)
{
    (void) conf; /* a probe must work without any */
    return ocf_check_level() >= DEPTH
               ? service_monitor_depth(DAEMON, "libvirt", DEPTH_MS, err)
               : service_monitor(DAEMON, err);
}

static int
action_validate(void *conf, struct vmha_error *err)
{
    return watch_conf_check_all(conf, err);
}

static int
action_start(void *conf, struct vmha_error *err)
{
    return watch_conf_check_all(conf, err) == -1
               ? -1
               : service_start(DAEMON, watch_params, conf, err);
}

static pid_t delete (const char *attribute)
{
    CLEANUP_FREE char *program = xstrdup("attrd_updater");
    CLEANUP_FREE char *name = xasprintf("--name=%s", attribute);
    CLEANUP_FREE char *option = xstrdup("--delete");
    char *argv[] = { program, name, option, NULL };
    struct vmha_error unused; /* it goes with the host's connection, too */

    return launch_daemon(argv, "/dev/null", &unused);
}

/* What nobody watches is not known: the last report must not stay, nor be taken
 * back after the next daemon's first.  The cluster may be out of reach, so this
 * is not waited for long.
 */
static void
take_back(void)
{
    int64_t deadline = clock_mono_ms() + TAKE_BACK_MS;
    pid_t pids[] = { delete ("vmha-faults"), delete ("vmha-fault-list") };

    for (size_t i = 0; i < N_ELEMENTS(pids); i++)
        while (pids[i] != -1 && waitpid(pids[i], NULL, WNOHANG) == 0 &&
               clock_mono_ms() < deadline)
            (void) poll(NULL, 0, POLL_MS);
}

static int
action_stop(void *conf, struct vmha_error *err)
{
    (void) conf;
    if (service_stop(DAEMON, STOP_MS, err) == -1)
        return -1;
    take_back();
    return 0;
}

/* A list of processes that is wrong is the monitor's matter: the daemon goes on
 * with the old one, and a failed reload would end it.
 */
static int
action_reload(void *conf, struct vmha_error *err)
{
    return watch_conf_check(conf, err) == -1
               ? -1
               : service_reload(DAEMON, watch_params, conf, err);
}

/* clang-format off */
static const struct agent_action actions[] = {
    { .name = "start", .timeout_s = 20, .run = action_start,
      .text = "Starts the daemon and returns once it listens. It does not "
              "wait for libvirt." },
    { .name = "stop", .timeout_s = 20, .run = action_stop, .is_lenient = true,
      .on_fail = "block",
      .text = "Ends the daemon, by SIGKILL after half a second, whatever libvirt "
              "does, and takes its report back." },
    { .name = "monitor", .timeout_s = 20, .interval_s = 10,
      .run = action_monitor, .is_lenient = true,
      .text = "Asks the daemon. Where libvirt cannot be reached, a process or "
              "mount that VMs need has failed, or the cluster does not take "
              "the report, the resource is shown as "
              "degraded (exit code 190) with the reason, and is left running. "
              "While something is wrong with a VM the report is written "
              "again, as the cluster forgets it when the connection to the "
              "host moves. It also looks whether vmha-recoveryd asks for guests: "
              "each time for an hour after a guest came, else once a minute." },
    { .name = "monitor", .timeout_s = 20, .interval_s = 60, .depth = DEPTH,
      .run = action_monitor, .is_lenient = true,
      .text = "With OCF_CHECK_LEVEL=10 libvirt itself must answer, too, within "
              "eight seconds; else the resource is shown as degraded, with "
              "the age of its last answer." },
    { .name = "reload-agent", .timeout_s = 20, .run = action_reload,
      .text = "Hands changed parameters to the running daemon, which reads the "
              "list of processes again, too." },
    { .name = "validate-all", .timeout_s = 20, .run = action_validate,
      .text = "Checks the parameters." },
    { .name = "meta-data", .timeout_s = 5,
      .text = "Prints the metadata." },
    { .name = NULL },
};
/* clang-format on */

static const struct agent agent = {
    .name = "watch",
    .version = PACKAGE_VERSION,
    .summary = "Reports failed instances of a compute host",
    .text = "Runs the daemon that watches the OpenStack instances of this "
            "compute host and tells the cluster what is wrong with them, so "
            "that they are restarted.\n\n"
            "Run it as a clone on all compute hosts. It reads libvirt's "
            "events, restarts the processes that a file lists, needs no "
            "credentials, and changes nothing else but attributes of its "
            "own node.",
    .params = watch_params,
    .conf_size = sizeof(struct watch_conf),
    .actions = actions,
};

OCF_AGENT(agent)
