/* Run another program from the GLib loop. */
#include "child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

#include "cleanup.h"
#include "timer.h"
#include "xalloc.h"

extern char **environ;

struct child {
    struct child **place; /* NULL: forgotten */
    pid_t pid;
    bool is_group; /* it leads a process group of its own */
    child_fn *fn;
    void *arg;
    struct timer *limit, *failure;
};

/* --- start ---------------------------------------------------------------- */

static int
set_file(posix_spawn_file_actions_t *files, int to, int from)
{
    if (from == -1)
        return posix_spawn_file_actions_addopen(files, to, "/dev/null", O_RDWR,
                                                0);
    return posix_spawn_file_actions_adddup2(files, from, to);
}

/* Our descriptors beyond the standard ones are not handed on. */
static int
set_files(posix_spawn_file_actions_t *files, int in, int out, int err)
{
    int rc = set_file(files, STDIN_FILENO, in);

    if (rc == 0)
        rc = set_file(files, STDOUT_FILENO, out);
    if (rc == 0 && err != STDERR_FILENO)
        rc = set_file(files, STDERR_FILENO, err);
    if (rc == 0)
        rc = posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
    return rc;
}

static int
set_signals(posix_spawnattr_t *attr, bool is_apart)
{
    int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    sigset_t none, all;
    int rc;

    sigemptyset(&none);
    sigfillset(&all);
    if (is_apart)
        sigdelset(&all, SIGPIPE);
    rc = posix_spawnattr_setsigmask(attr, &none);
    if (rc == 0)
        rc = posix_spawnattr_setsigdefault(attr, &all);
    if (rc == 0 && is_apart)
        rc = posix_spawnattr_setpgroup(attr, 0);
    if (rc == 0)
        rc = posix_spawnattr_setflags(
            attr, (short) (is_apart ? flags | POSIX_SPAWN_SETPGROUP : flags));
    return rc;
}

static pid_t
spawn(char *const argv[], posix_spawn_file_actions_t *files, bool is_apart,
      char *const env[])
{
    CLEANUP(posix_spawnattr_destroy) posix_spawnattr_t attr;
    pid_t pid;
    int rc;

    posix_spawnattr_init(&attr);
    rc = set_signals(&attr, is_apart);
    if (rc == 0)
        rc = posix_spawnp(&pid, argv[0], files, &attr, argv, env);
    if (rc == 0)
        return pid;
    errno = rc;
    return -1;
}

pid_t
child_start(char *const argv[], int in, int out)
{
    CLEANUP(posix_spawn_file_actions_destroy) posix_spawn_file_actions_t files;
    int rc;

    posix_spawn_file_actions_init(&files);
    rc = set_files(&files, in, out, STDERR_FILENO);
    if (rc == 0)
        return spawn(argv, &files, false, environ);
    errno = rc;
    return -1;
}

static pid_t
start_apart(char *const argv[], int in, int out, char *const env[])
{
    CLEANUP(posix_spawn_file_actions_destroy) posix_spawn_file_actions_t files;
    int rc;

    posix_spawn_file_actions_init(&files);
    rc = posix_spawn_file_actions_addchdir_np(&files, "/");
    if (rc == 0)
        rc = set_files(&files, in, out, out);
    if (rc == 0)
        return spawn(argv, &files, true, env);
    errno = rc;
    return -1;
}

pid_t
child_start_apart(char *const argv[], int out, char *const env[])
{
    return start_apart(argv, -1, out, env);
}

/* --- run ------------------------------------------------------------------ */

static void
child_end(struct child *s, int status)
{
    child_fn *fn = s->fn;
    void *arg = s->arg;

    timer_stop(&s->limit);
    timer_stop(&s->failure);
    if (s->place)
        *s->place = NULL;
    free(s);
    if (fn)
        fn(status, arg);
}

static void
on_end(GPid pid, int status, gpointer arg)
{
    (void) pid;
    child_end(arg, status);
}

static void
on_failure(void *arg)
{
    child_end(arg, -1);
}

static void
on_limit(void *arg)
{
    struct child *s = arg;

    /* not waited for yet: the id is its own */
    (void) kill(s->is_group ? -s->pid : s->pid, SIGKILL);
}

static struct child *
child_new(struct child **place, child_fn *fn, void *arg)
{
    struct child *s = xcalloc(1, sizeof *s);

    assert(!*place);
    *place = s;
    s->place = place;
    s->fn = fn;
    s->arg = arg;
    return s;
}

static void
watch(struct child *s, pid_t pid, int64_t limit_ms)
{
    s->pid = pid;
    if (pid == -1) {
        timer_arm(&s->failure, 0, on_failure, s);
        return;
    }
    g_child_watch_add(pid, on_end, s);
    timer_arm(&s->limit, limit_ms, on_limit, s);
}

void
child_run(struct child **place, char *const argv[], int out, int64_t limit_ms,
          child_fn *fn, void *arg)
{
    struct child *s = child_new(place, fn, arg);

    watch(s, child_start(argv, -1, out), limit_ms);
}

void
child_run_apart(struct child **place, char *const argv[], int in,
                char *const env[], int64_t limit_ms, child_fn *fn, void *arg)
{
    struct child *s = child_new(place, fn, arg);

    s->is_group = true;
    watch(s, start_apart(argv, in, -1, env), limit_ms);
}

void
child_forget(struct child **s)
{
    if (!*s)
        return;
    (*s)->place = NULL;
    (*s)->fn = NULL;
    *s = NULL;
}
