/* The worker: asks VMs, one at a time, and may hang on each. */
#include "worker.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "asking.h"
#include "buf.h"
#include "cleanup.h"
#include "virtask.h"

static int
say(const char *line)
{
    CLEANUP_BUF struct buf b = BUF_INIT(VMHA_ERROR_MAX + 16);

    if (buf_printf(&b, "%s\n", line) == -1)
        return -1;
    return write(STDOUT_FILENO, b.data, b.len) == (ssize_t) b.len ? 0 : -1;
}

/* Read up to the next newline, which is left out.  -1: there is no more.
 * Questions come one at a time, so nothing follows it.
 */
static int
hear(char *ret_line, size_t size)
{
    size_t len = 0;

    while (len < size) {
        ssize_t n = read(STDIN_FILENO, ret_line + len, size - len);

        if (n == -1 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        len += (size_t) n;
        if (ret_line[len - 1] == '\n') {
            ret_line[len - 1] = '\0';
            return 0;
        }
    }
    return -1;
}

static enum answer_kind
answer_agent(struct virtask *t, const char *uuid, unsigned timeout_s)
{
    struct vmha_error err;

    if (virtask_agent(t, uuid, timeout_s, &err) == 0)
        return ANSWER_OK;
    return err.kind == VMHA_E_AGAIN ? ANSWER_SILENT : ANSWER_NONE;
}

/* A monitor that somebody waits for already is not asked, too. */
static struct answer_text
answer_monitor(struct virtask *t, const struct ask *a)
{
    struct answer_text answer = { ANSWER_OK, 0 };
    struct vmha_error err;

    if (virtask_control(t, a->uuid, &answer.busy_ms, &err) == -1)
        answer.kind = err.kind == VMHA_E_AGAIN ? ANSWER_BROKEN : ANSWER_NONE;
    else if (answer.busy_ms)
        answer.kind = ANSWER_BUSY;
    else if (a->kind == ASK_MONITOR && virtask_monitor(t, a->uuid, &err) == -1)
        answer.kind = ANSWER_NONE;
    return answer;
}

static enum answer_kind
answer_guest(struct virtask *t, const char *uuid)
{
    struct vmha_error err;

    switch (virtask_has_guest(t, uuid, &err)) {
    case 1: return ANSWER_OK;
    case 0: return ANSWER_ABSENT;
    default: return ANSWER_NONE;
    }
}

static int
serve(struct virtask *t, unsigned agent_timeout_s)
{
    char line[ASKING_LINE_MAX];
    struct vmha_error err;
    struct ask a;

    while (hear(line, sizeof line) == 0) {
        struct answer_text answer = { ANSWER_NONE, 0 };

        if (ask_parse(line, &a, &err) == -1)
            return EX_PROTOCOL;
        if (a.kind == ASK_LIBVIRT)
            answer.kind = virtask_host(t, &err) == 0 ? ANSWER_OK : ANSWER_NONE;
        else if (a.kind == ASK_AGENT)
            answer.kind = answer_agent(t, a.uuid, agent_timeout_s);
        else if (a.kind == ASK_GUEST)
            answer.kind = answer_guest(t, a.uuid);
        else
            answer = answer_monitor(t, &a);
        if (!virtask_is_alive(t))
            return EX_TEMPFAIL;
        answer_format(&answer, line);
        if (say(line) == -1)
            return EX_IOERR;
    }
    return EX_OK;
}

int
worker_run(const char *uri, unsigned agent_timeout_s)
{
    CLEANUP_BUF struct buf why = BUF_INIT(VMHA_ERROR_MAX + 8);
    struct vmha_error err;
    struct virtask *t;
    int rc;

    /* Whoever ends the daemon ends a worker that hangs, too. */
    (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
    t = virtask_open(uri, &err);
    if (!t) {
        (void) buf_printf(&why, "error %s", err.text);
        (void) say(buf_str(&why)); /* our exit tells as much */
        return EX_TEMPFAIL;
    }
    rc = say("ready") == -1 ? EX_IOERR : serve(t, agent_timeout_s);
    virtask_close(t);
    return rc;
}
