/* Tell the administrator's programs of events. */
#include "hooks.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../history/put.h"
#include "child.h"
#include "clock.h"
#include "http.h"
#include "log.h"
#include "metrics.h"
#include "xalloc.h"

enum {
    LETTERS_MAX = 64, /* that wait, for each hook */
    ALERT_MS = 30000, /* a program is killed then */
    POST_MS = 10000,
    ANSWER_MAX = 64 * 1024,
};

enum hook { HOOK_ALERT, HOOK_WEBHOOK, N_HOOKS };
static const char *const names[N_HOOKS] = { "alert", "webhook" };

struct letter {
    struct letter *next;
    enum tiding tiding;
    char *host, *incident, *resource;
    char *body; /* JSON */
    unsigned tries;
};

/* Of one hook: the first letter is being delivered, or will be at its time. */
struct outbox {
    struct hooks *hooks;
    enum hook hook;
    struct letter *first;
    size_t n;
    bool is_busy, is_full; /* full: it was logged */
};

struct hooks {
    struct daemon *d;
    struct outbox boxes[N_HOOKS];
    struct child *program;
    struct http *http;
    struct timer *again;
};

static void
letter_free(struct letter *l)
{
    free(l->host);
    free(l->incident);
    free(l->resource);
    free(l->body);
    free(l);
}

struct hooks *
hooks_new(struct daemon *d)
{
    struct hooks *hooks = xcalloc(1, sizeof *hooks);

    hooks->d = d;
    for (enum hook i = 0; i < N_HOOKS; i++) {
        hooks->boxes[i].hooks = hooks;
        hooks->boxes[i].hook = i;
    }
    return hooks;
}

void
hooks_free(struct hooks *hooks)
{
    if (!hooks)
        return;
    child_forget(&hooks->program);
    timer_stop(&hooks->again);
    http_free(hooks->http);
    for (size_t i = 0; i < N_HOOKS; i++)
        while (hooks->boxes[i].first) {
            struct letter *l = hooks->boxes[i].first;

            hooks->boxes[i].first = l->next;
            letter_free(l);
        }
    free(hooks);
}

/* --- the queues ------------------------------------------------------------
 */

static void deliver(struct outbox *box);

/* The first letter is done with.  WHY: it was not delivered. */
static void
finish(struct outbox *box, const char *why)
{
    struct letter *l = box->first;

    if (why)
        log_warning("%s: event='%s' node='%s' incident='%s': %s, ignoring",
                    names[box->hook], tiding_name(l->tiding), l->host,
                    l->incident, why);
    metrics_hook(box->hooks->d->metrics, names[box->hook],
                 why ? "failed" : "delivered");
    box->is_busy = false;
    box->is_full = false;
    box->first = l->next;
    box->n--;
    letter_free(l);
    deliver(box);
}

static void
add(struct outbox *box, struct letter *l)
{
    struct letter **end = &box->first;

    if (box->n == LETTERS_MAX) {
        if (!box->is_full)
            log_warning("%s: %d events wait, leaving out what comes now",
                        names[box->hook], LETTERS_MAX);
        box->is_full = true;
        metrics_hook(box->hooks->d->metrics, names[box->hook], "left_out");
        letter_free(l);
        return;
    }
    while (*end)
        end = &(*end)->next;
    *end = l;
    box->n++;
    deliver(box);
}

/* --- the program -----------------------------------------------------------
 */

static char *
status_text(int status)
{
    if (status == -1)
        return xstrdup("it cannot be run");
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return xasprintf("it did not end within %d s", ALERT_MS / 1000);
    if (WIFSIGNALED(status))
        return xasprintf("it ended by signal %d", WTERMSIG(status));
    return xasprintf("it ended with exit status %d", WEXITSTATUS(status));
}

static void
on_program(int status, void *arg)
{
    CLEANUP_FREE char *why = status == 0 ? NULL : status_text(status);

    finish(arg, why);
}

/* The document as a file without a name; -1: there is no memory. */
static int
as_file(const char *text)
{
    int fd = memfd_create("vmha-event", MFD_CLOEXEC);
    size_t len = strlen(text);

    if (fd == -1)
        return -1;
    if (write(fd, text, len) == (ssize_t) len && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    (void) close(fd);
    return -1;
}

static void
run_program(struct outbox *box, const char *path)
{
    struct letter *l = box->first;
    CLEANUP_FREE char *program = xstrdup(path);
    CLEANUP_FREE char *event =
        xasprintf("VMHA_EVENT=%s", tiding_name(l->tiding));
    CLEANUP_FREE char *host = xasprintf("VMHA_HOST=%s", l->host);
    CLEANUP_FREE char *incident = xasprintf("VMHA_INCIDENT=%s", l->incident);
    CLEANUP_FREE char *resource = xasprintf("VMHA_RESOURCE=%s", l->resource);
    char search[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    char *argv[] = { program, NULL };
    char *env[] = { search, event, host, incident, resource, NULL };
    CLEANUP_CLOSE int fd = as_file(l->body);

    child_run_apart(&box->hooks->program, argv, fd, env, ALERT_MS, on_program,
                    box);
}

/* --- the server ------------------------------------------------------------
 */

static void
try_again(void *arg)
{
    struct outbox *box = arg;

    box->is_busy = false;
    deliver(box);
}

static void
on_answer(const struct http_response *r, void *arg)
{
    struct outbox *box = arg;
    enum delivery delivery = tidings_delivery(r->status, box->first->tries);
    CLEANUP_FREE char *why =
        r->err ? xstrdup(r->err->text) : xasprintf("status %d", r->status);

    if (delivery == DELIVER_AGAIN)
        timer_arm(&box->hooks->again, tidings_pause_ms(box->first->tries),
                  try_again, box);
    else
        finish(box, delivery == DELIVERED ? NULL : why);
}

static void
post(struct outbox *box, const char *url)
{
    static const char *const headers[] = { "Content-Type: application/json",
                                           "User-Agent: vmha", NULL };
    struct letter *l = box->first;
    const struct http_request req = {
        .method = "POST",
        .url = url,
        .headers = headers,
        .body = l->body,
        .body_len = strlen(l->body),
        .timeout_ms = POST_MS,
        .max_body = ANSWER_MAX,
    };

    l->tries++;
    if (!box->hooks->http)
        box->hooks->http = http_new();
    (void) http_send(box->hooks->http, &req, on_answer, box);
}

/* --- events ----------------------------------------------------------------
 */

/* Where the hook is; NULL: there is none. */
static const char *
place_of(const struct outbox *box)
{
    const struct recovery_conf *conf = &box->hooks->d->conf;

    return box->hook == HOOK_ALERT ? conf->alert : conf->webhook;
}

/* Begin with the first letter. */
static void
deliver(struct outbox *box)
{
    const char *place = place_of(box);

    if (box->is_busy || !box->first)
        return;
    box->is_busy = true;
    if (!place)
        finish(box, "there is no such hook any more");
    else if (box->hook == HOOK_ALERT)
        run_program(box, place);
    else
        post(box, place);
}

void
hooks_tell(struct daemon *d, const struct host *h, enum tiding t)
{
    struct incident_id id = { "" };

    if (!d->hooks)
        return;
    if (h->incident)
        id = incident_id(h->incident);
    for (size_t i = 0; i < N_HOOKS; i++) {
        struct letter *l;

        if (!place_of(&d->hooks->boxes[i]))
            continue;
        l = xcalloc(1, sizeof *l);
        l->tiding = t;
        l->host = xstrdup(h->node);
        l->incident = xstrdup(id.text);
        l->resource = xstrdup(d->instance);
        l->body = report_event(d, h, t);
        add(&d->hooks->boxes[i], l);
    }
}
