/* tools/vmha/group-ask: questions to daemons in other processes, on the fake
 * group.
 */
#include <glib.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "group.h"
#include "tap.h"
#include "xalloc.h"

#include "../../tools/vmha/group-ask.h"

enum { BIG = 300 * 1024, SPEED = 4, LATE_MS = 2000 };

static char dir[] = "/tmp/group-ask_test.XXXXXX";

/* --- a daemon ------------------------------------------------------------ */

enum habit { ANSWERS, ANSWERS_LONG, ANSWERS_LATE, IS_SILENT, IS_CONFUSED };

struct daemon {
    struct group *group;
    const char *name;
    enum habit habit;
    char late[WIRE_WORD_MAX]; /* the request that it answers later */
};

static int
send_part(const void *data, size_t len, void *arg, struct vmha_error *err)
{
    return group_send(arg, data, len, err);
}

static void
reply(const struct daemon *d, const char *id, const char *text)
{
    struct vmha_error err;

    if (wire_format(true, id, d->name, text, strlen(text), GROUP_MESSAGE_MAX,
                    send_part, d->group, &err) == -1)
        printf("# %s: %s\n", d->name, err.text);
}

static gboolean
reply_late(gpointer arg)
{
    const struct daemon *d = arg;

    reply(d, d->late, "late");
    return G_SOURCE_REMOVE;
}

static void
on_message(const void *data, size_t len, uint32_t node_id, uint32_t pid,
           void *arg)
{
    static char big[BIG + 1];
    struct daemon *d = arg;
    struct vmha_error err;
    struct wire w;

    (void) node_id, (void) pid;
    if (wire_parse(data, len, &w, &err) == -1 || w.is_reply)
        return;
    CLEANUP_FREE char *text =
        xasprintf("%s heard %.*s", d->name, (int) w.body_len, w.body);
    memset(big, 'x', BIG);
    switch (d->habit) {
    case ANSWERS: reply(d, w.id, text); break;
    case ANSWERS_LONG: reply(d, w.id, big); break;
    case ANSWERS_LATE:
        if (!g_str_has_suffix(text, "heard this")) { /* is a daemon there? */
            reply(d, w.id, text);
            break;
        }
        memcpy(d->late, w.id, sizeof d->late);
        g_timeout_add(LATE_MS / SPEED, reply_late, d);
        break;
    case IS_SILENT: break;
    case IS_CONFUSED:
        (void) group_send(d->group, "\0\n\xff", 3, &err);
        reply(d, "9-9-9", "to somebody else");
        break;
    }
}

static pid_t
start(const char *name, enum habit habit)
{
    int ready[2] = { -1, -1 };
    char byte;

    ok(pipe(ready) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct daemon d = { .name = name, .habit = habit };
        struct vmha_error err;

        d.group = group_new("vmha", true, on_message, &d, &err);
        if (!d.group || write(ready[1], "", 1) != 1)
            _exit(1);
        g_main_loop_run(g_main_loop_new(NULL, FALSE));
    }
    close(ready[1]);
    is_int(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static void
end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* --- questions ----------------------------------------------------------- */

/* Ask; how long it took, in our time. */
static int64_t
question(size_t want, struct replies *ret_replies, struct vmha_error *err)
{
    CLEANUP_ASK struct ask *a = ask_new(err);
    int64_t start_ms = clock_mono_ms();

    ok(a != NULL);
    if (a && ask_all(a, "this", want, ret_replies, err) == 0)
        err->kind = VMHA_OK;
    return clock_mono_ms() - start_ms;
}

static void
test_all_answer(void)
{
    CLEANUP_REPLIES struct replies r = { 0 };
    struct vmha_error err;
    pid_t b = start("b", ANSWERS), a = start("a", ANSWERS);

    ok(question(0, &r, &err) < 1000);
    is_int(r.n, 2);
    if (r.n == 2) {
        is_str(r.list[0].body.data, "a heard this");
        is_str(r.list[1].body.data, "b heard this");
    }
    end(a);
    end(b);
}

static void
test_nobody(void)
{
    CLEANUP_REPLIES struct replies r = { 0 };
    struct vmha_error err;

    end(start("dead", ANSWERS)); /* its socket is left */
    ok(question(0, &r, &err) < 1000);
    is_int(err.kind, VMHA_E_ABSENT);
    has_str(err.text, "no vmha-recoveryd runs");
}

static void
test_silence(void)
{
    CLEANUP_REPLIES struct replies r = { 0 };
    struct vmha_error err;
    pid_t a = start("a", IS_SILENT);
    int64_t took_ms = question(0, &r, &err);

    ok_msg(took_ms >= 3000 && took_ms < 6000, "%d ms", (int) took_ms);
    is_int(err.kind, VMHA_E_ABSENT);
    has_str(err.text, "nobody answers");
    end(a);
}

static void
test_one_is_silent(void)
{
    CLEANUP_REPLIES struct replies r = { 0 };
    struct vmha_error err;
    pid_t a = start("a", ANSWERS), b = start("b", IS_SILENT);
    int64_t took_ms = question(0, &r, &err);

    ok_msg(took_ms >= 1000 && took_ms < 3000, "%d ms", (int) took_ms);
    is_int(r.n, 1);
    end(a);
    end(b);
}

static void
test_one_is_enough(void)
{
    CLEANUP_REPLIES struct replies r = { 0 };
    struct vmha_error err;
    pid_t a = start("a", ANSWERS), b = start("b", IS_SILENT);

    ok(question(1, &r, &err) < 1000);
    is_int(r.n, 1);
    end(a);
    end(b);
}

static bool
is_late(const struct reply *p)
{
    return strcmp(buf_str(&p->body), "late") == 0;
}

/* One member knows and takes its time; others say at once that they do not.
 * What says nothing is no daemon, or one that hangs: nobody waits for it.
 */
static void
test_late(void)
{
    CLEANUP_REPLIES struct replies r = { 0 }, none = { 0 };
    struct vmha_error err;
    pid_t a = start("a", ANSWERS), b = start("b", IS_SILENT);
    pid_t c = start("c", ANSWERS_LATE);
    CLEANUP_ASK struct ask *ask = ask_new(&err);
    int64_t start_ms = clock_mono_ms(), took_ms;

    is_int(ask_one(ask, "this", is_late, 10000, &r, &err), 0);
    took_ms = clock_mono_ms() - start_ms;
    ok_msg(took_ms >= LATE_MS && took_ms < 8000, "%d ms", (int) took_ms);
    is_int(r.n, 2);
    end(c);
    start_ms = clock_mono_ms();
    is_int(ask_one(ask, "this", is_late, 65000, &none, &err), 0);
    took_ms = clock_mono_ms() - start_ms;
    ok_msg(took_ms < 5000, "%d ms", (int) took_ms);
    is_int(none.n, 1);
    end(a);
    end(b);
}

static void
test_long_reply(void)
{
    CLEANUP_REPLIES struct replies r = { 0 };
    struct vmha_error err;
    pid_t a = start("a", ANSWERS_LONG);

    (void) question(0, &r, &err);
    is_int(r.n, 1);
    if (r.n)
        is_int(r.list[0].body.len, BIG);
    end(a);
}

static void
test_strays(void)
{
    CLEANUP_REPLIES struct replies r = { 0 };
    struct vmha_error err;
    pid_t a = start("a", ANSWERS), b = start("b", IS_CONFUSED);

    (void) question(0, &r, &err);
    is_int(r.n, 1);
    end(a);
    end(b);
}

static void
test_again(void)
{
    struct vmha_error err;
    pid_t daemon = start("a", ANSWERS); /* it must not inherit the next */
    CLEANUP_ASK struct ask *a = ask_new(&err);

    for (int i = 0; i < 3; i++) {
        CLEANUP_REPLIES struct replies r = { 0 };

        is_int(ask_all(a, "this", 0, &r, &err), 0);
        is_int(r.n, 1);
        ask_wait(a, 10);
    }
    end(daemon);
}

static void
test_no_corosync(void)
{
    bool is_root = geteuid() == 0;
    struct vmha_error err = { 0 };

    setenv("VMHA_FAKE_GROUP", "/nonexistent", 1);
    ok(ask_new(&err) == NULL);
    is_int(err.kind, is_root ? VMHA_E_ABSENT : VMHA_E_PERMISSION);
    has_str(err.text, is_root ? "whose cluster is started" : "only root");
}

/* Killed daemons leave their sockets. */
static void
remove_dir(void)
{
    GDir *d = g_dir_open(dir, 0, NULL);
    const char *name;

    while (d && (name = g_dir_read_name(d))) {
        CLEANUP_FREE char *path = xasprintf("%s/%s", dir, name);

        (void) unlink(path); /* rmdir fails else */
    }
    if (d)
        g_dir_close(d);
    if (rmdir(dir) == -1)
        perror(dir);
}

int
main(void)
{
    static const struct tap_test tests[] = {
        { "all daemons answer: no waiting", test_all_answer },
        { "no daemon runs: no waiting", test_nobody },
        { "a daemon that does not answer", test_silence },
        { "one daemon of two answers", test_one_is_silent },
        { "one answer is enough", test_one_is_enough },
        { "an answer that takes its time", test_late },
        { "an answer in parts", test_long_reply },
        { "strays are ignored", test_strays },
        { "several questions", test_again },
        { "no Corosync", test_no_corosync },
    };

    if (!mkdtemp(dir))
        return 1;
    setenv("VMHA_FAKE_GROUP", dir, 1);
    clock_set_speed(SPEED);
    int rc = tap_main(tests, N_ELEMENTS(tests));
    remove_dir();
    return rc;
}
