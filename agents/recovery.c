/* ocf:vmha:recovery: runs vmha-recoveryd, which recovers the instances of
 * fenced hosts.
 *
 * The agent never talks to the cloud (a cloud that is down must not cost a
 * failed start or monitor) and never touches evacuations that are running:
 * they are Nova's, and the next daemon finds them again.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "clock.h"
#include "cloud.h"
#include "control.h"
#include "launch.h"
#include "ocf.h"
#include "pidfile.h"
#include "recovery-conf.h"
#include "select.h"
#include "xalloc.h"

enum {
    ANSWER_MS = 10000,   /* for the daemon to answer on its socket */
    START_MS = 20000,    /* where the cluster gives no timeout */
    STOP_MS = 20000,     /* likewise */
    KILL_MS = 3000,      /* from SIGKILL to the end of the process */
    START_POLL_MS = 20,  /* between two questions to a starting daemon */
    MARGIN_MS = 2 * 1000 /* kept of the cluster's timeout for the rest */
};

/* Files of one instance of the resource. */
struct place {
    const char *instance;
    char *dir, *conf, *pid, *control, *errors;
};

static void
place_clear(struct place *p)
{
    xstrset(&p->dir, NULL);
    xstrset(&p->conf, NULL);
    xstrset(&p->pid, NULL);
    xstrset(&p->control, NULL);
    xstrset(&p->errors, NULL);
}
#define PLACE CLEANUP(place_clear) struct place

static int
place_init(struct place *p, struct vmha_error *err)
{
    p->instance = ocf_instance(err);
    if (!p->instance)
        return -1;
    p->dir = xasprintf("%s/%s", VMHA_RUNDIR, p->instance);
    p->conf = xasprintf("%s/conf", p->dir);
    p->pid = xasprintf("%s/pid", p->dir);
    p->control = xasprintf("%s/control", p->dir);
    p->errors = xasprintf("%s/errors", p->dir);
    return 0;
}

/* A directory that only we can use. */
static int
make_private_dir(const char *path, mode_t mode, struct vmha_error *err)
{
    struct stat st;

    if (mkdir(path, mode) == -1 && errno != EEXIST)
        return vmha_fail(err, VMHA_E_LOCAL, errno, "%s", path);
    if (lstat(path, &st) == -1)
        return vmha_fail(err, VMHA_E_LOCAL, errno, "%s", path);
    if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
        (st.st_mode & 07777 & ~mode))
        return vmha_fail(err, VMHA_E_PERMISSION, 0,
                         "%s is not a directory of our own with mode %04o",
                         path, (unsigned) mode);
    return 0;
}

static int
place_make(const struct place *p, struct vmha_error *err)
{
    if (make_private_dir(VMHA_RUNDIR, 0755, err) == -1)
        return -1;
    return make_private_dir(p->dir, 0700, err);
}

/* --- what the daemon says ------------------------------------------------ */

/* Ask for its health.  0 and *RET_CODE, or -1: no answer, or a wrong one. */
static int
ask_health(const struct place *p, bool *ret_is_starting, int *ret_code,
           struct vmha_error *err)
{
    static const char degraded[] = "degraded ";
    CLEANUP_FREE char *answer =
        control_ask(p->control, "health", ANSWER_MS, err);

    if (!answer)
        return -1;
    *ret_is_starting = strcmp(answer, "starting") == 0;
    if (*ret_is_starting || strcmp(answer, "ready") == 0) {
        *ret_code = OCF_RUNNING;
        return 0;
    }
    if (strncmp(answer, degraded, sizeof degraded - 1) != 0)
        return vmha_fail(err, VMHA_E_INPUT, 0, "the daemon says '%.64s'",
                         answer);
    *ret_code = OCF_DEGRADED;
    vmha_fail(err, VMHA_E_AGAIN, 0, "%s", answer + sizeof degraded - 1);
    return 0;
}

/* --- monitor ------------------------------------------------------------- */

/* OCF_NOT_RUNNING with no text where no daemon holds the pid file. */
static int
monitor_place(const struct place *p, struct vmha_error *err)
{
    CLEANUP_CLOSE int pidfd = pidfile_open(p->pid, err);
    bool is_starting;
    int code;

    if (pidfd == -1) {
        if (err->kind != VMHA_E_ABSENT)
            return -1;
        err->text[0] = '\0'; /* no error: it is stopped */
        return OCF_NOT_RUNNING;
    }
    if (ask_health(p, &is_starting, &code, err) == 0)
        return code;
    struct vmha_error unused;
    if (pidfile_wait(pidfd, 0, &unused) == 0) /* it ended while we asked */
        return OCF_NOT_RUNNING;
    return vmha_context(err, "vmha-recoveryd runs but does not answer");
}

static int
action_monitor(void *conf, struct vmha_error *err)
{
    PLACE p = { 0 };

    (void) conf; /* a probe must work without any */
    return place_init(&p, err) == -1 ? -1 : monitor_place(&p, err);
}

/* --- start --------------------------------------------------------------- */

/* The parameters are good: what else is wrong with the configuration is in the
 * files of this node, and another node may have them right.
 */
static enum vmha_kind
kind_on_this_node(enum vmha_kind kind)
{
    return kind == VMHA_E_CONFIG ? VMHA_E_ABSENT : kind;
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
    err->kind = kind_on_this_node(err->kind);
    return -1;
}

static int
action_validate(void *conf, struct vmha_error *err)
{
    return check_local(conf, err);
}

/* What the daemon wrote last before it ended, as an error of its kind. */
static int
report_end(const struct place *p, int status, struct vmha_error *err)
{
    enum vmha_kind kind = VMHA_E_LOCAL;
    CLEANUP_FILE FILE *f = fopen(p->errors, "re");
    CLEANUP_FREE char *line = NULL;
    size_t size = 0;
    ssize_t len = f ? getline(&line, &size, f) : -1;

    for (int k = VMHA_E_KINDS - 1; k > VMHA_OK; k--)
        if (WIFEXITED(status) && WEXITSTATUS(status) == vmha_exit_cli(k))
            kind = kind_on_this_node(k);
    if (len > 0 && line[len - 1] == '\n')
        line[len - 1] = '\0';
    if (WIFSIGNALED(status))
        return vmha_fail(err, kind, 0, "vmha-recoveryd died of signal %d%s%s",
                         WTERMSIG(status), len > 0 ? ": " : "",
                         len > 0 ? line : "");
    if (len > 0)
        return vmha_fail(err, kind, 0, "%s", line);
    return vmha_fail(err, kind, 0, "vmha-recoveryd ended with status %d",
                     WEXITSTATUS(status));
}

/* Wait until the daemon is ready.  What it lacks is no matter of start. */
static int
wait_ready(const struct place *p, pid_t child, int64_t deadline,
           struct vmha_error *err)
{
    while (clock_mono_ms() < deadline) {
        bool is_starting;
        int code, status;

        if (waitpid(child, &status, WNOHANG) == child)
            return report_end(p, status, err);
        if (ask_health(p, &is_starting, &code, err) == 0) {
            if (!is_starting) {
                err->text[0] = '\0'; /* monitor says why it is degraded */
                return 0;
            }
        } else if (err->kind != VMHA_E_ABSENT) {
            return -1;
        }
        (void) poll(NULL, 0, START_POLL_MS); /* till it has its socket */
    }
    return vmha_fail(err, VMHA_E_AGAIN, 0,
                     "vmha-recoveryd did not get ready in time");
}

static int
start_and_wait(const struct place *p, struct vmha_error *err)
{
    CLEANUP_FREE char *path = xasprintf("%s/vmha-recoveryd", VMHA_LIBEXECDIR);
    CLEANUP_FREE char *instance = xasprintf("--instance=%s", p->instance);
    CLEANUP_FREE char *rundir = xasprintf("--rundir=%s", p->dir);
    char *argv[] = { path, instance, rundir, NULL };
    uint64_t allowed = ocf_timeout_ms(START_MS + MARGIN_MS);
    int64_t deadline = clock_mono_ms();
    pid_t child = launch_daemon(argv, p->errors, err);

    if (child == -1)
        return -1;
    deadline += allowed > 2 * MARGIN_MS ? (int64_t) allowed - MARGIN_MS
                                        : (int64_t) allowed / 2;
    if (wait_ready(p, child, deadline, err) == 0)
        return 0;
    (void) kill(child, SIGKILL); /* our child: the id is its own */
    (void) waitpid(child, NULL, 0);
    return -1;
}

static int
action_start(void *conf, struct vmha_error *err)
{
    PLACE p = { 0 };

    if (place_init(&p, err) == -1 || check_local(conf, err) == -1)
        return -1;
    int rc = monitor_place(&p, err);
    if (rc == OCF_RUNNING || rc == OCF_DEGRADED)
        err->text[0] = '\0';
    if (rc != OCF_NOT_RUNNING)
        return rc == -1 ? -1 : 0;
    if (place_make(&p, err) == -1 ||
        param_to_file(recovery_params, conf, p.conf, err) == -1)
        return -1;
    return start_and_wait(&p, err);
}

/* --- stop, reload -------------------------------------------------------- */

static int
action_stop(void *conf, struct vmha_error *err)
{
    PLACE p = { 0 };
    uint64_t allowed = ocf_timeout_ms(STOP_MS);
    int64_t patience = (int64_t) allowed - KILL_MS - MARGIN_MS;

    (void) conf;
    if (place_init(&p, err) == -1)
        return -1;
    CLEANUP_CLOSE int pidfd = pidfile_open(p.pid, err);
    if (pidfd == -1) {
        if (err->kind != VMHA_E_ABSENT)
            return -1;
        err->text[0] = '\0'; /* stopped already */
        return 0;
    }
    if (pidfile_signal(pidfd, SIGTERM, err) == -1)
        return -1;
    if (pidfile_wait(pidfd, patience > 0 ? patience : 0, err) == 0)
        return 0;
    fprintf(stderr, "vmha-recoveryd does not end by SIGTERM, killing it\n");
    if (pidfile_signal(pidfd, SIGKILL, err) == -1 ||
        pidfile_wait(pidfd, KILL_MS, err) == -1)
        return -1;
    err->text[0] = '\0';
    return 0;
}

static int
action_reload(void *conf, struct vmha_error *err)
{
    PLACE p = { 0 };

    if (place_init(&p, err) == -1 || check_conf(conf, err) == -1)
        return -1;
    int rc = monitor_place(&p, err);
    if (rc != OCF_RUNNING && rc != OCF_DEGRADED)
        return rc;
    err->text[0] = '\0';
    if (param_to_file(recovery_params, conf, p.conf, err) == -1)
        return -1;
    CLEANUP_FREE char *answer =
        control_ask(p.control, "reload", ANSWER_MS, err);
    if (!answer)
        return -1;
    if (strcmp(answer, "ok") != 0)
        return vmha_fail(err, VMHA_E_REFUSED, 0, "reload: %s", answer);
    return 0;
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
