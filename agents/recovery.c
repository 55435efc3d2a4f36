/* ocf:vmha:recovery: runs vmha-recoveryd, which recovers the instances of
 * fenced hosts.
 *
 * The agent never talks to the cloud (a cloud that is down must not cost a
 * failed start or monitor) and never touches evacuations that are running:
 * they are Nova's, and the next daemon finds them again.
 */
#include "cleanup.h"
#include "cloud.h"
#include "ocf.h"
#include "recovery-conf.h"
#include "select.h"
#include "service.h"

enum {
    STOP_MS = 20000, /* where the cluster gives no timeout */
    KILL_MS = 5000,  /* kept of it for killing what does not end */
};

#define DAEMON "vmha-recoveryd"

static int
action_monitor(void *conf, struct vmha_error *err)
{
    (void) conf; /* a probe must work without any */
    return service_monitor(DAEMON, err);
}

static int
check_conf(const struct recovery_conf *conf, struct vmha_error *err)
{
    CLEANUP(select_rules_clear) struct select_rules rules = { 0 };

    return recovery_conf_check(conf, err) == -1
               ? -1
               : select_rules_parse(&rules, conf->exclude, conf->local_disk,
                                    err);
}

/* Configuration and what it names on this node; nothing is sent. */
static int
check_local(const struct recovery_conf *conf, struct vmha_error *err)
{
    if (check_conf(conf, err) == -1)
        return -1;
    struct cloud *cloud = cloud_new(conf->clouds_yaml, conf->cloud, err);
    if (cloud) {
        cloud_free(cloud);
        return 0;
    }
    err->kind = service_kind_on_this_node(err->kind);
    return -1;
}

static int
action_validate(void *conf, struct vmha_error *err)
{
    return check_local(conf, err);
}

static int
action_start(void *conf, struct vmha_error *err)
{
    return check_local(conf, err) == -1
               ? -1
               : service_start(DAEMON, recovery_params, conf, err);
}

static int
action_stop(void *conf, struct vmha_error *err)
{
    (void) conf;
    return service_stop(DAEMON, (int64_t) ocf_timeout_ms(STOP_MS) - KILL_MS,
                        err);
}

static int
action_reload(void *conf, struct vmha_error *err)
{
    return check_conf(conf, err) == -1
               ? -1
               : service_reload(DAEMON, recovery_params, conf, err);
}

/* clang-format off */
static const struct agent_action actions[] = {
    { .name = "start", .timeout_s = 30, .run = action_start,
      .text = "Writes the parameters for the daemon, starts it, and returns "
              "once it has read the local cluster. A cloud that cannot be "
              "reached does not fail the start." },
    { .name = "stop", .timeout_s = 20, .run = action_stop, .is_lenient = true,
      .text = "Ends the daemon, by SIGKILL if need be, and returns when it "
              "has ended. Running evacuations are Nova's and go on; the next "
              "daemon finds them again." },
    { .name = "monitor", .timeout_s = 20, .interval_s = 10,
      .run = action_monitor, .is_lenient = true,
      .text = "Asks the daemon. Where it runs but lacks something, the cloud "
              "for one, the resource is shown as degraded (exit code 190) "
              "with the reason, and is left running." },
    { .name = "reload-agent", .timeout_s = 20, .run = action_reload,
      .text = "Hands changed parameters to the running daemon." },
    { .name = "validate-all", .timeout_s = 20, .run = action_validate,
      .text = "Checks the parameters, and that this node's clouds.yaml has "
              "the cloud and is readable by root only. Sends nothing." },
    { .name = "meta-data", .timeout_s = 5,
      .text = "Prints the metadata." },
    { .name = NULL },
};
/* clang-format on */

static const struct agent agent = {
    .name = "recovery",
    .version = PACKAGE_VERSION,
    .summary = "Recovers OpenStack instances of fenced hosts",
    .text = "Runs the daemon that evacuates the instances of a compute host "
            "once Pacemaker has fenced it.\n\n"
            "Run it once on the cluster nodes, never as a clone and never on "
            "a compute host, or once for each failover segment. The hosts "
            "need fence_vmha as the last device of their fencing level.",
    .params = recovery_params,
    .conf_size = sizeof(struct recovery_conf),
    .actions = actions,
};

OCF_AGENT(agent)
