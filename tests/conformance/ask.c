/* Calls to Nova that wait for their answer. */
#include "ask.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

#include "../unit/tap.h"
#include "xalloc.h"

enum { ANSWER_MS = 120000 };

struct answer got;

void
take(const struct nova_result *r, size_t n)
{
    got.is_done = true;
    got.status = r->status;
    got.was_sent = r->was_sent;
    xstrset(&got.detail, r->detail);
    xstrset(&got.request_id, r->request_id);
    got.err = (struct vmha_error){ 0 };
    if (r->err)
        got.err = *r->err;
    got.n = n;
}

static gboolean
set_flag(gpointer arg)
{
    *(bool *) arg = true;
    return G_SOURCE_REMOVE;
}

void
run_until(const bool *flag, unsigned ms)
{
    bool is_late = false;
    guint timer = g_timeout_add(ms, set_flag, &is_late);

    while (!*flag && !is_late)
        g_main_context_iteration(NULL, TRUE);
    if (!is_late)
        g_source_remove(timer);
}

void
wait_answer(void)
{
    run_until(&got.is_done, ANSWER_MS);
    ok(got.is_done);
    got.is_done = false;
}

void
on_done(const struct nova_result *r, void *arg)
{
    (void) arg;
    take(r, 0);
}

void
succeeded(void)
{
    ok_msg(got.err.kind == VMHA_OK, "HTTP %d: %s", got.status, got.err.text);
}

void
refused(int status, enum vmha_kind kind, const char *words)
{
    is_int(got.status, status);
    is_int(got.err.kind, kind);
    ok(got.was_sent);
    has_str(got.detail, words);
}

int
run_hook(const char *program, const char *verb, const char *host)
{
    pid_t pid = fork();
    int status = -1;

    if (pid == 0) {
        execl(program, program, verb, host, NULL);
        _exit(127);
    }
    ok(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void
answer_clear(void)
{
    free(got.detail);
    free(got.request_id);
    got = (struct answer){ 0 };
}
