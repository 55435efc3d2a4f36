/* Run a command of the administrator's on the GLib loop. */
#include "command.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib.h>

#include "buf.h"
#include "child.h"
#include "cleanup.h"
#include "log.h"
#include "timer.h"
#include "xalloc.h"

#define CLEAN_PATH                                                             \
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum {
    GIVE_UP_MS = 500,  /* after SIGKILL */
    LOG_LINES_MAX = 20 /* of what it wrote */
};

struct command {
    struct command **place;
    pid_t pid;
    int out;            /* our end of its output, -1: closed */
    int pidfd;          /* of one that is not our child, else -1 */
    guint end, out_end; /* sources; 0: none */
    struct buf output;
    int64_t limit_ms;
    bool is_late;
    char *why; /* it was not run */
    struct timer *timer;
    command_fn *fn;
    void *arg;
};

/* --- its end -------------------------------------------------------------- */

static void
command_free(struct command *c)
{
    timer_stop(&c->timer);
    if (c->end)
        g_source_remove(c->end);
    if (c->out_end)
        g_source_remove(c->out_end);
    if (c->out != -1)
        close(c->out);
    if (c->pidfd != -1)
        close(c->pidfd);
    buf_clear(&c->output);
    free(c->why);
    *c->place = NULL;
    free(c);
}

static void
finish(struct command *c, const char *why)
{
    CLEANUP_FREE char *reason = why ? xstrdup(why) : NULL;
    CLEANUP_FREE char *output = xstrdup(buf_str(&c->output));
    command_fn *fn = c->fn;
    void *arg = c->arg;

    command_free(c);
    fn(reason, output, arg);
}

/* All that is there already.  False: no more will come. */
static bool
read_output(struct command *c)
{
    char chunk[1024];
    ssize_t n;

    while ((n = read(c->out, chunk, sizeof chunk)) > 0) {
        size_t room = COMMAND_OUTPUT_MAX - c->output.len;

        for (ssize_t i = 0; i < n; i++)
            if ((unsigned char) chunk[i] < ' ' && chunk[i] != '\n')
                chunk[i] = '?';
        (void) buf_add(&c->output, chunk,
                       (size_t) n < room ? (size_t) n : room);
    }
    return n == -1 && (errno == EAGAIN || errno == EINTR);
}

static gboolean
on_output(gint fd, GIOCondition condition, gpointer arg)
{
    struct command *c = arg;

    (void) fd, (void) condition;
    if (read_output(c))
        return G_SOURCE_CONTINUE;
    close(c->out);
    c->out = -1;
    c->out_end = 0;
    return G_SOURCE_REMOVE;
}

static char *
why_failed(const struct command *c, int status)
{
    if (c->is_late)
        return xasprintf("was killed, as it did not end within %" PRId64 " ms",
                         c->limit_ms);
    if (WIFSIGNALED(status))
        return xasprintf("died of signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status))
        return xasprintf("exit status %d", WEXITSTATUS(status));
    return NULL;
}

static void
on_end(GPid pid, int status, gpointer arg)
{
    struct command *c = arg;
    CLEANUP_FREE char *why = why_failed(c, status);

    (void) pid;
    c->end = 0;
    if (c->out != -1)
        (void) read_output(c);
    finish(c, why);
}

static gboolean
on_adopted_end(gint fd, GIOCondition condition, gpointer arg)
{
    struct command *c = arg;
    CLEANUP_FREE char *why = why_failed(c, 0);

    (void) fd, (void) condition;
    c->end = 0;
    finish(c, why);
    return G_SOURCE_REMOVE;
}

static void
on_failure(void *arg)
{
    struct command *c = arg;
    CLEANUP_FREE char *why = TAKE(c->why);

    finish(c, why);
}

/* The whole group at once, so that no fork escapes.  Its leader was not waited
 * for yet: the id is its own.
 */
static void
kill_group(const struct command *c)
{
    if (c->pid <= 1)
        return;
    (void) kill(-c->pid, SIGKILL);
    (void) kill(c->pid, SIGKILL); /* it may have left its group */
}

static void
on_reaped(GPid pid, int status, gpointer unused)
{
    (void) pid, (void) status, (void) unused;
}

/* A child is waited for all the same. */
static void
stop_waiting(struct command *c)
{
    if (!c->pid || c->pidfd != -1)
        return;
    g_source_remove(c->end);
    c->end = 0;
    g_child_watch_add(c->pid, on_reaped, NULL);
}

static void
on_given_up(void *arg)
{
    struct command *c = arg;

    stop_waiting(c);
    finish(c, "cannot be killed");
}

static void
on_limit(void *arg)
{
    struct command *c = arg;

    command_kill(c);
    timer_arm(&c->timer, GIVE_UP_MS, on_given_up, c);
}

void
command_kill(struct command *c)
{
    c->is_late = true;
    kill_group(c);
}

/* --- what it wrote -------------------------------------------------------- */

void
command_log(const char *name, const char *output)
{
    int lines = 0;

    for (const char *p = output; *p && lines < LOG_LINES_MAX; lines++) {
        size_t len = strcspn(p, "\n");

        log_info("process='%s' says: %.*s", name, (int) len, p);
        p += len + (p[len] == '\n');
    }
}

/* --- its start ------------------------------------------------------------ */

struct identity {
    bool is_known;
    uid_t uid;
    gid_t gid;
    char *home;
};

/* Only this file: other sources of users may not answer just now. */
static int
find_user(const char *user, struct identity *id)
{
    CLEANUP_FILE FILE *f = fopen("/etc/passwd", "re");
    struct passwd *p;

    while (f && (p = fgetpwent(f)))
        if (strcmp(p->pw_name, user) == 0) {
            *id = (struct identity){ true, p->pw_uid, p->pw_gid,
                                     xstrdup(p->pw_dir) };
            return 0;
        }
    return -1;
}

static char **
make_env(const char *user, const struct identity *id)
{
    char **env = g_new0(char *, 5);

    env[0] = g_strdup("PATH=" CLEAN_PATH);
    env[1] = g_strdup("LANG=C.UTF-8");
    env[2] = g_strdup_printf("HOME=%s", id->is_known ? id->home : "/root");
    env[3] = g_strdup_printf("USER=%s", user ? user : "root");
    return env;
}

/* A program changes user by setpriv(1), as posix_spawn cannot. */
static char **
make_argv(char *const argv[], const struct identity *id)
{
    GPtrArray *words = g_ptr_array_new();

    if (id->is_known) {
        g_ptr_array_add(words, g_strdup("setpriv"));
        g_ptr_array_add(words, g_strdup_printf("--reuid=%u", id->uid));
        g_ptr_array_add(words, g_strdup_printf("--regid=%u", id->gid));
        g_ptr_array_add(words, g_strdup("--init-groups"));
        g_ptr_array_add(words, g_strdup("--"));
    }
    for (; *argv; argv++)
        g_ptr_array_add(words, g_strdup(*argv));
    g_ptr_array_add(words, NULL);
    return (char **) g_ptr_array_free(words, FALSE);
}

static pid_t
start(char *const argv[], const char *user, const struct identity *id, int out)
{
    char **words = make_argv(argv, id), **env = make_env(user, id);
    pid_t pid = child_start_apart(words, out, env);
    int saved = errno;

    g_strfreev(words);
    g_strfreev(env);
    errno = saved;
    return pid;
}

/* 0, and it runs; else C has the reason. */
static int
start_command(struct command *c, char *const argv[], const char *user)
{
    struct identity id = { .is_known = false };
    int fds[2];

    if (user && find_user(user, &id) == -1) {
        c->why = xasprintf("no user '%s' in /etc/passwd", user);
        return -1;
    }
    if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0) {
        CLEANUP_CLOSE int theirs = fds[1];

        c->out = fds[0];
        /* theirs may block */
        (void) fcntl(theirs, F_SETFL, 0);
        c->pid = start(argv, user, &id, theirs);
    } else {
        c->pid = -1;
    }
    free(id.home);
    if (c->pid != -1)
        return 0;
    c->why = xasprintf("'%s' cannot be run: %s", argv[0], strerror(errno));
    return -1;
}

static struct command *
new_command(struct command **place, int64_t limit_ms, command_fn *fn, void *arg)
{
    struct command *c = xcalloc(1, sizeof *c);

    assert(!*place);
    *place = c;
    c->place = place;
    c->out = c->pidfd = -1;
    c->output = (struct buf) BUF_INIT(COMMAND_OUTPUT_MAX);
    c->limit_ms = limit_ms;
    c->fn = fn;
    c->arg = arg;
    return c;
}

void
command_run(struct command **place, char *const argv[], const char *user,
            int64_t limit_ms, command_fn *fn, void *arg)
{
    struct command *c = new_command(place, limit_ms, fn, arg);

    if (start_command(c, argv, user) == -1) {
        c->pid = 0;
        timer_arm(&c->timer, 0, on_failure, c);
        return;
    }
    c->end = g_child_watch_add(c->pid, on_end, c);
    c->out_end = g_unix_fd_add(c->out, G_IO_IN | G_IO_HUP, on_output, c);
    if (limit_ms)
        timer_arm(&c->timer, limit_ms, on_limit, c);
}

void
command_adopt(struct command **place, pid_t pid, int64_t limit_ms,
              command_fn *fn, void *arg)
{
    struct command *c = new_command(place, limit_ms, fn, arg);

    c->pidfd = (int) syscall(SYS_pidfd_open, pid, 0);
    if (c->pidfd == -1) { /* it has just ended */
        timer_arm(&c->timer, 0, on_failure, c);
        return;
    }
    c->pid = pid;
    c->end = g_unix_fd_add(c->pidfd, G_IO_IN, on_adopted_end, c);
    timer_arm(&c->timer, limit_ms, on_limit, c);
}

pid_t
command_pid(const struct command *c)
{
    return c ? c->pid : 0;
}

void
command_forget(struct command **place, bool is_killed)
{
    struct command *c = *place;

    if (!c)
        return;
    if (is_killed)
        kill_group(c);
    stop_waiting(c);
    command_free(c);
}
