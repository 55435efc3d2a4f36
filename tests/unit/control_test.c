/* lib/agent: control socket and pid file, with a daemon in a process of its
 * own.
 */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "control-server.h"
#include "pidfile.h"
#include "tap.h"
#include "xalloc.h"

enum { SOON_MS = 5000 };

static char dir[] = "/tmp/control_test.XXXXXX";
static char *socket_path, *pid_path;

static char *
on_line(const char *line, void *arg)
{
    (void) arg;
    if (strcmp(line, "long") == 0) {
        char *text = xcalloc(2 * CONTROL_LINE_MAX, 1);
        memset(text, 'x', 2 * CONTROL_LINE_MAX - 1);
        return text;
    }
    if (strcmp(line, "lines") == 0)
        return xstrdup("a\nb");
    return xasprintf("got '%s'", line);
}

/* The daemon: locks, listens, and writes a byte to READY. */
static void
serve(int ready)
{
    struct vmha_error err;

    if (pidfile_lock(pid_path, &err) == -1)
        _exit(1);
    clock_set_speed(100); /* a client is idle after 100 ms */
    if (!control_server_new(socket_path, on_line, NULL, &err) ||
        write(ready, "", 1) != 1)
        _exit(2);
    g_main_loop_run(g_main_loop_new(NULL, FALSE));
}

static pid_t
start_daemon(void)
{
    int ready[2] = { -1, -1 };
    char byte;

    ok(pipe(ready) == 0);
    pid_t pid = fork();
    if (pid == 0)
        serve(ready[1]);
    close(ready[1]);
    is_int(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static void
end_daemon(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void
expect_answer(const char *request, const char *want)
{
    struct vmha_error err = { 0 };
    CLEANUP_FREE char *got = control_ask(socket_path, request, SOON_MS, &err);

    is_str(got, want);
    is_str(err.text, "");
}

static void
test_answers(void)
{
    pid_t pid = start_daemon();
    struct stat st = { 0 };

    is_int(stat(socket_path, &st), 0);
    is_int(st.st_mode & 0777, 0600);
    expect_answer("health", "got 'health'");
    expect_answer("", "got ''");
    expect_answer("lines", "a b");
    CLEANUP_FREE char *cut = xcalloc(CONTROL_LINE_MAX, 1);
    memset(cut, 'x', CONTROL_LINE_MAX - 1);
    expect_answer("long", cut);
    end_daemon(pid);
}

static void
test_nobody_listens(void)
{
    struct vmha_error err;

    ok(control_ask("/nowhere/control", "health", SOON_MS, &err) == NULL);
    is_int(err.kind, VMHA_E_ABSENT);
    end_daemon(start_daemon()); /* its socket is left behind */
    ok(access(socket_path, F_OK) == 0);
    ok(control_ask(socket_path, "health", SOON_MS, &err) == NULL);
    is_int(err.kind, VMHA_E_ABSENT);
}

static void
test_no_answer_in_time(void)
{
    pid_t pid = start_daemon();
    int64_t start = clock_mono_ms();
    struct vmha_error err;

    kill(pid, SIGSTOP);
    ok(control_ask(socket_path, "health", 100, &err) == NULL);
    is_int(err.kind, VMHA_E_AGAIN);
    ok(clock_mono_ms() - start < SOON_MS);
    end_daemon(pid);
}

static int
connect_raw(void)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(to.sun_path, sizeof to.sun_path, "%s", socket_path);
    ok(connect(fd, (struct sockaddr *) &to, sizeof to) == 0);
    return fd;
}

/* The server closes the connection: an end or a reset, no data. */
static bool
is_cut_off(int fd)
{
    char byte;

    return recv(fd, &byte, 1, 0) <= 0;
}

static void
test_bad_clients_are_cut_off(void)
{
    pid_t pid = start_daemon();
    char big[CONTROL_LINE_MAX + 1];
    CLEANUP_CLOSE int too_long = connect_raw();
    CLEANUP_CLOSE int with_nul = connect_raw();
    CLEANUP_CLOSE int idle = connect_raw();

    memset(big, 'x', sizeof big);
    (void) !send(too_long, big, sizeof big, MSG_NOSIGNAL);
    ok(is_cut_off(too_long));
    is_int(send(with_nul, "a\0b\n", 4, MSG_NOSIGNAL), 4);
    ok(is_cut_off(with_nul));
    is_int(send(idle, "hea", 3, MSG_NOSIGNAL), 3);
    ok(is_cut_off(idle));
    expect_answer("health", "got 'health'");
    end_daemon(pid);
}

/* A place becomes free once the server has seen that its client is gone. */
static bool
answers_soon(void)
{
    int64_t deadline = clock_mono_ms() + SOON_MS;
    struct vmha_error err;

    while (clock_mono_ms() < deadline) {
        CLEANUP_FREE char *got = control_ask(socket_path, "", SOON_MS, &err);

        if (got)
            return true;
    }
    return false;
}

static void
test_clients_are_limited(void)
{
    pid_t pid = start_daemon();
    int fds[CONTROL_CLIENTS_MAX + 1];

    for (size_t i = 0; i < N_ELEMENTS(fds); i++)
        fds[i] = connect_raw();
    ok(is_cut_off(fds[CONTROL_CLIENTS_MAX]));
    for (size_t i = 0; i < N_ELEMENTS(fds); i++)
        close(fds[i]);
    ok(answers_soon());
    end_daemon(pid);
}

static void
test_several_lines_at_once(void)
{
    pid_t pid = start_daemon();
    CLEANUP_CLOSE int fd = connect_raw();
    const char *want = "got 'a'\ngot 'b'\n";
    char got[32] = "";
    size_t len = 0;

    is_int(send(fd, "a\nb\nc", 5, MSG_NOSIGNAL), 5);
    while (len < strlen(want)) {
        ssize_t n = recv(fd, got + len, sizeof got - 1 - len, 0);
        if (n <= 0)
            break;
        len += (size_t) n;
    }
    is_str(got, want);
    end_daemon(pid);
}

static void
test_pidfile_names_its_holder(void)
{
    struct vmha_error err = { 0 };
    pid_t pid = start_daemon();
    CLEANUP_CLOSE int pidfd = pidfile_open(pid_path, &err);

    ok(pidfd != -1);
    is_int(pidfile_wait(pidfd, 0, &err), -1);
    is_int(err.kind, VMHA_E_AGAIN);
    is_int(pidfile_lock(pid_path, &err), -1);
    is_int(err.kind, VMHA_E_AGAIN);
    is_int(pidfile_signal(pidfd, SIGTERM, &err), 0);
    is_int(pidfile_wait(pidfd, SOON_MS, &err), 0);
    is_int(pidfile_signal(pidfd, SIGTERM, &err), 0);
    waitpid(pid, NULL, 0);
    is_int(pidfile_signal(pidfd, SIGTERM, &err), 0);
}

static void
test_stale_pidfile(void)
{
    struct vmha_error err;
    FILE *f;

    unlink(pid_path);
    is_int(pidfile_open(pid_path, &err), -1);
    is_int(err.kind, VMHA_E_ABSENT);
    f = fopen(pid_path, "we");
    fprintf(f, "%d\n", (int) getppid()); /* lives, but holds no lock */
    fclose(f);
    is_int(pidfile_open(pid_path, &err), -1);
    is_int(err.kind, VMHA_E_ABSENT);
}

static const struct tap_test tests[] = {
    { "each line is answered", test_answers },
    { "nobody listens", test_nobody_listens },
    { "no answer in time", test_no_answer_in_time },
    { "bad clients are cut off", test_bad_clients_are_cut_off },
    { "clients are limited", test_clients_are_limited },
    { "several lines at once", test_several_lines_at_once },
    { "a pid file names its holder", test_pidfile_names_its_holder },
    { "a stale pid file names nobody", test_stale_pidfile },
};

int
main(void)
{
    int rc;

    if (!mkdtemp(dir))
        return 1;
    socket_path = xasprintf("%s/control", dir);
    pid_path = xasprintf("%s/pid", dir);
    rc = tap_main(tests, N_ELEMENTS(tests));
    unlink(socket_path);
    unlink(pid_path);
    rmdir(dir);
    free(socket_path);
    free(pid_path);
    return rc;
}
