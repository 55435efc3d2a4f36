/* lib/core: running other programs from the loop. */
#include <signal.h>
#include <sys/wait.h>

#include <glib.h>

#include "child.h"
#include "clock.h"
#include "tap.h"
#include "xalloc.h"

static int last = -2; /* the status; -2: none yet */

static void
on_end(int status, void *arg)
{
    last = status;
    *(bool *) arg = true;
}

/* Run "sh -c SCRIPT" and return its status. */
static int
run(const char *program, const char *script, int64_t limit_ms)
{
    char *argv[] = { xstrdup(program), xstrdup("-c"), xstrdup(script), NULL };
    struct child *child = NULL;
    bool is_over = false;

    child_run(&child, argv, -1, limit_ms, on_end, &is_over);
    ok(child != NULL);
    while (!is_over)
        g_main_context_iteration(NULL, TRUE);
    ok(child == NULL);
    for (int i = 0; argv[i]; i++)
        free(argv[i]);
    return last;
}

static void
test_status(void)
{
    is_int(run("sh", "exit 0", 10000), 0);
    is_int(WEXITSTATUS(run("sh", "exit 7", 10000)), 7);
    is_int(WTERMSIG(run("sh", "kill -TERM $$", 10000)), SIGTERM);
    /* where it must fork to spawn, as under valgrind, the child tells */
    int missing = run("no-such-program", "", 10000);
    ok_msg(missing == -1 || WEXITSTATUS(missing) == 127, "%d", missing);
}

static void
test_limit(void)
{
    int64_t start_ms = clock_mono_ms();

    is_int(WTERMSIG(run("sh", "trap '' TERM; while :; do :; done", 100)),
           SIGKILL);
    ok(clock_mono_ms() - start_ms < 5000);
}

/* Neither our descriptors nor what we ignore reach it. */
static void
test_clean(void)
{
    int old = dup(1);

    (void) signal(SIGPIPE, SIG_IGN);
    is_int(run("sh", "test ! -e /proc/self/fd/4", 10000), 0);
    is_int(WTERMSIG(run("sh", "kill -PIPE $$", 10000)), SIGPIPE);
    (void) close(old);
}

static void
test_forget(void)
{
    char *argv[] = { xstrdup("true"), NULL };
    struct child *child = NULL;
    bool is_over = false;

    child_run(&child, argv, -1, 10000, on_end, &is_over);
    child_forget(&child);
    ok(child == NULL);
    is_int(run("sh", "exit 3", 10000) >> 8, 3);
    ok(!is_over);
    free(argv[0]);
}

/* A group and an environment of its own, and both outputs are ours. */
static void
test_apart(void)
{
    char *argv[] = { xstrdup("/bin/sh"), xstrdup("-c"),
                     xstrdup("test $$ = $(ps -o pgid= -p $$) || echo group; "
                             "test \"$A$HOME\" = b || echo env; "
                             "test $PWD = / || echo pwd; echo end >&2"),
                     NULL };
    char *env[] = { xstrdup("A=b"), xstrdup("PATH=/usr/bin:/bin"), NULL };
    char text[64] = "";
    int fds[2], status;
    pid_t pid;

    ok(pipe(fds) == 0);
    pid = child_start_apart(argv, fds[1], env);
    ok(pid > 0);
    is_int(waitpid(pid, &status, 0), pid);
    is_int(status, 0);
    ok(read(fds[0], text, sizeof text - 1) > 0);
    is_str(text, "end\n");
    for (int i = 0; argv[i]; i++)
        free(argv[i]);
    for (int i = 0; env[i]; i++)
        free(env[i]);
    close(fds[0]);
    close(fds[1]);
}

/* Its input and environment are what it is given; what it started ends with it.
 */
static void
test_run_apart(void)
{
    char *argv[] = { xstrdup("/bin/sh"), xstrdup("-c"), NULL, NULL };
    char *env[] = { xstrdup("A=b"), xstrdup("PATH=/usr/bin:/bin"), NULL };
    struct child *child = NULL;
    bool is_over = false;
    int fds[2];
    char c;

    ok(pipe(fds) == 0);
    ok(write(fds[1], "hello\n", 6) == 6);
    argv[2] = xstrdup("read x; test \"$A$HOME$x\" = bhello");
    child_run_apart(&child, argv, fds[0], env, 10000, on_end, &is_over);
    while (!is_over)
        g_main_context_iteration(NULL, TRUE);
    is_int(last, 0);

    /* the reader of the pipe is gone when all that hold it are */
    is_over = false;
    free(argv[2]);
    argv[2] = xstrdup("(while :; do :; done) & wait");
    child_run_apart(&child, argv, fds[0], env, 100, on_end, &is_over);
    close(fds[0]);
    while (!is_over)
        g_main_context_iteration(NULL, TRUE);
    is_int(WTERMSIG(last), SIGKILL);
    (void) signal(SIGPIPE, SIG_IGN);
    for (unsigned i = 0; i < 1000 && write(fds[1], "x", 1) == 1; i++)
        g_usleep(1000);
    c = 'x';
    ok(write(fds[1], &c, 1) == -1);
    close(fds[1]);
    for (int i = 0; i < 3; i++)
        free(argv[i]);
    free(env[0]);
    free(env[1]);
}

TAP_MAIN({ "how it ended", test_status }, { "its limit", test_limit },
         { "what it gets from us", test_clean },
         { "one that is forgotten", test_forget }, { "one apart", test_apart },
         { "one apart, watched", test_run_apart })
