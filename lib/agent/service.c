/* An agent's daemon: a program of ours with a private directory in /run. */
#include "service.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "control.h"
#include "launch.h"
#include "ocf.h"
#include "pidfile.h"
#include "xalloc.h"

enum {
    ANSWER_MS = 10000,   /* for the daemon to answer on its socket */
    START_MS = 20000,    /* where the cluster gives no timeout */
    KILL_MS = 3000,      /* from SIGKILL to the end of the process */
    START_POLL_MS = 20,  /* between two questions to a starting daemon */
    DEPTH_POLL_MS = 100, /* ...and to one that has to ask others */
    MARGIN_MS = 2 * 1000 /* kept of the cluster's timeout for the rest */
};

/* Files of one instance of the resource. */
struct service {
    const char *program, *instance;
    char *dir, *conf, *pid, *control, *errors;
};

static void
service_clear(struct service *s)
{
    free(s->dir);
    free(s->conf);
    free(s->pid);
    free(s->control);
    free(s->errors);
}

#define SERVICE CLEANUP(service_clear) struct service

static int
service_init(struct service *s, const char *program, struct vmha_error *err)
{
    s->program = program;
    s->instance = ocf_instance(err);
    if (!s->instance)
        return -1;
    s->dir = xasprintf("%s/%s", VMHA_RUNDIR, s->instance);
    s->conf = xasprintf("%s/conf", s->dir);
    s->pid = xasprintf("%s/pid", s->dir);
    s->control = xasprintf("%s/control", s->dir);
    s->errors = xasprintf("%s/errors", s->dir);
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
service_make(const struct service *s, struct vmha_error *err)
{
    if (make_private_dir(VMHA_RUNDIR, 0755, err) == -1)
        return -1;
    return make_private_dir(s->dir, 0700, err);
}

/* --- what the daemon says ------------------------------------------------ */

/* Ask for its health, by QUESTION.  0 and *RET_CODE, or -1: no answer, or a
 * wrong one. */
static int
ask(const struct service *s, const char *question, bool *ret_is_starting,
    int *ret_code, struct vmha_error *err)
{
    static const char degraded[] = "degraded ";
    CLEANUP_FREE char *answer =
        control_ask(s->control, question, ANSWER_MS, err);

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

static int
ask_health(const struct service *s, bool *ret_is_starting, int *ret_code,
           struct vmha_error *err)
{
    return ask(s, "health", ret_is_starting, ret_code, err);
}

/* --- monitor ------------------------------------------------------------- */

/* OCF_NOT_RUNNING with no text where no daemon holds the pid file. */
static int
monitor(const struct service *s, struct vmha_error *err)
{
    CLEANUP_CLOSE int pidfd = pidfile_open(s->pid, err);
    bool is_starting;
    int code;

    if (pidfd == -1) {
        if (err->kind != VMHA_E_ABSENT)
            return -1;
        err->text[0] = '\0'; /* no error: it is stopped */
        return OCF_NOT_RUNNING;
    }
    if (ask_health(s, &is_starting, &code, err) == 0)
        return code;
    struct vmha_error unused;
    if (pidfile_wait(pidfd, 0, &unused) == 0) /* it ended while we asked */
        return OCF_NOT_RUNNING;
    return vmha_context(err, "%s runs but does not answer", s->program);
}

int
service_monitor(const char *program, struct vmha_error *err)
{
    SERVICE s = { 0 };

    return service_init(&s, program, err) == -1 ? -1 : monitor(&s, err);
}

int
service_monitor_depth(const char *program, const char *question,
                      int64_t patience_ms, struct vmha_error *err)
{
    int64_t deadline = clock_mono_ms() + patience_ms;
    int rc = service_monitor(program, err), code;
    bool is_waiting;
    SERVICE s = { 0 };

    if (rc != OCF_RUNNING)
        return rc;
    if (service_init(&s, program, err) == -1)
        return -1;
    while (clock_mono_ms() < deadline) {
        if (ask(&s, question, &is_waiting, &code, err) == -1)
            return -1;
        if (!is_waiting)
            return code;
        (void) poll(NULL, 0, DEPTH_POLL_MS);
    }
    vmha_fail(err, VMHA_E_AGAIN, 0, "%s: no answer about %s in time", program,
              question);
    return OCF_DEGRADED;
}

/* --- start --------------------------------------------------------------- */

enum vmha_kind
service_kind_on_this_node(enum vmha_kind kind)
{
    return kind == VMHA_E_CONFIG ? VMHA_E_ABSENT : kind;
}

/* What the daemon wrote last before it ended, as an error of its kind. */
static int
report_end(const struct service *s, int status, struct vmha_error *err)
{
    enum vmha_kind kind = VMHA_E_LOCAL;
    CLEANUP_FILE FILE *f = fopen(s->errors, "re");
    CLEANUP_FREE char *line = NULL;
    size_t size = 0;
    ssize_t len = f ? getline(&line, &size, f) : -1;

    for (int k = VMHA_E_KINDS - 1; k > VMHA_OK; k--)
        if (WIFEXITED(status) && WEXITSTATUS(status) == vmha_exit_cli(k))
            kind = service_kind_on_this_node(k);
    if (len > 0 && line[len - 1] == '\n')
        line[len - 1] = '\0';
    if (WIFSIGNALED(status))
        return vmha_fail(err, kind, 0, "%s died of signal %d%s%s", s->program,
                         WTERMSIG(status), len > 0 ? ": " : "",
                         len > 0 ? line : "");
    if (len > 0)
        return vmha_fail(err, kind, 0, "%s", line);
    return vmha_fail(err, kind, 0, "%s ended with status %d", s->program,
                     WEXITSTATUS(status));
}

/* Wait until the daemon is ready.  What it lacks is no matter of start. */
static int
wait_ready(const struct service *s, pid_t child, int64_t deadline,
           struct vmha_error *err)
{
    while (clock_mono_ms() < deadline) {
        bool is_starting;
        int code, status;

        if (waitpid(child, &status, WNOHANG) == child)
            return report_end(s, status, err);
        if (ask_health(s, &is_starting, &code, err) == 0) {
            if (!is_starting) {
                err->text[0] = '\0'; /* monitor says why it is degraded */
                return 0;
            }
        } else if (err->kind != VMHA_E_ABSENT) {
            return -1;
        }
        (void) poll(NULL, 0, START_POLL_MS); /* till it has its socket */
    }
    return vmha_fail(err, VMHA_E_AGAIN, 0, "%s did not get ready in time",
                     s->program);
}

static int
start_and_wait(const struct service *s, struct vmha_error *err)
{
    CLEANUP_FREE char *path = xasprintf("%s/%s", VMHA_LIBEXECDIR, s->program);
    CLEANUP_FREE char *instance = xasprintf("--instance=%s", s->instance);
    CLEANUP_FREE char *rundir = xasprintf("--rundir=%s", s->dir);
    char *argv[] = { path, instance, rundir, NULL };
    uint64_t allowed = ocf_timeout_ms(START_MS + MARGIN_MS);
    int64_t deadline = clock_mono_ms();
    pid_t child = launch_daemon(argv, s->errors, err);

    if (child == -1)
        return -1;
    deadline += allowed > 2 * MARGIN_MS ? (int64_t) allowed - MARGIN_MS
                                        : (int64_t) allowed / 2;
    if (wait_ready(s, child, deadline, err) == 0)
        return 0;
    (void) kill(child, SIGKILL); /* our child: the id is its own */
    (void) waitpid(child, NULL, 0);
    return -1;
}

int
service_start(const char *program, const struct param *table, const void *conf,
              struct vmha_error *err)
{
    SERVICE s = { 0 };
    int rc;

    if (service_init(&s, program, err) == -1)
        return -1;
    rc = monitor(&s, err);
    if (rc == OCF_RUNNING || rc == OCF_DEGRADED)
        err->text[0] = '\0';
    if (rc != OCF_NOT_RUNNING)
        return rc == -1 ? -1 : 0;
    if (service_make(&s, err) == -1 ||
        param_to_file(table, conf, s.conf, err) == -1)
        return -1;
    return start_and_wait(&s, err);
}

/* --- stop, reload -------------------------------------------------------- */

static int
stop(const struct service *s, int64_t patience_ms, struct vmha_error *err)
{
    CLEANUP_CLOSE int pidfd = pidfile_open(s->pid, err);

    if (pidfd == -1) {
        if (err->kind != VMHA_E_ABSENT)
            return -1;
        err->text[0] = '\0'; /* stopped already */
        return 0;
    }
    if (pidfile_signal(pidfd, SIGTERM, err) == -1)
        return -1;
    if (pidfile_wait(pidfd, patience_ms > 0 ? patience_ms : 0, err) == 0)
        return 0;
    fprintf(stderr, "%s does not end by SIGTERM, killing it\n", s->program);
    if (pidfile_signal(pidfd, SIGKILL, err) == -1 ||
        pidfile_wait(pidfd, KILL_MS, err) == -1)
        return -1;
    err->text[0] = '\0';
    return 0;
}

int
service_stop(const char *program, int64_t patience_ms, struct vmha_error *err)
{
    SERVICE s = { 0 };

    return service_init(&s, program, err) == -1 ? -1
                                                : stop(&s, patience_ms, err);
}

int
service_reload(const char *program, const struct param *table, const void *conf,
               struct vmha_error *err)
{
    SERVICE s = { 0 };
    int rc;

    if (service_init(&s, program, err) == -1)
        return -1;
    rc = monitor(&s, err);
    if (rc != OCF_RUNNING && rc != OCF_DEGRADED)
        return rc;
    err->text[0] = '\0';
    if (param_to_file(table, conf, s.conf, err) == -1)
        return -1;
    CLEANUP_FREE char *answer =
        control_ask(s.control, "reload", ANSWER_MS, err);
    if (!answer)
        return -1;
    if (strcmp(answer, "ok") != 0)
        return vmha_fail(err, VMHA_E_REFUSED, 0, "reload: %s", answer);
    return 0;
}
