/* Does this host have a guest?  The question is an attribute of its node. */
#include "witness.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "capture.h"
#include "child.h"
#include "cleanup.h"
#include "log.h"
#include "sight.h"
#include "xalloc.h"

enum {
    LIMIT_MS = 10000,
    /* beside the value: the names of the attribute and of the node */
    OUTPUT_MAX = SIGHT_TEXT_MAX + 1024,
};

struct witness {
    witness_fn *fn;
    void *arg;
    struct capture *query;
    struct child *update;
    struct sight question, found; /* under way... */
    size_t at;                    /* ...the next of its VMs */
    uint64_t answered;            /* the seq that was answered last */
};

static void
on_updated(int status, void *arg)
{
    struct witness *w = arg;

    if (status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        w->answered = w->found.seq;
    else
        log_warning("the cluster does not take the answer to the question "
                    "whether guests are here");
}

static void
answer(struct witness *w)
{
    char text[SIGHT_TEXT_MAX + 1];

    log_notice("asked whether %zu guests are here: %zu are", w->question.n,
               w->found.n);
    w->question.n = w->at = 0;
    sight_format(&w->found, text);

    CLEANUP_FREE char *program = xstrdup("attrd_updater");
    CLEANUP_FREE char *name = xstrdup("--name=" SIGHT_ANSWER);
    CLEANUP_FREE char *value = xasprintf("--update=%s", text);
    CLEANUP_FREE char *private = xstrdup("--private");
    char *argv[] = { program, name, value, private, NULL };

    child_run(&w->update, argv, -1, LIMIT_MS, on_updated, w);
}

static void
on_question(int status, const char *output, void *arg)
{
    struct witness *w = arg;
    struct sight question;
    struct vmha_error err;

    if (status == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return; /* there is none, or no cluster */
    if (!output || sight_parse_query(output, &question, &err) == -1) {
        log_warning(SIGHT_QUESTION ": %s", output ? err.text : "too long");
        return;
    }
    if (question.seq == w->answered || w->update || !question.n)
        return;
    w->question = question;
    w->found = (struct sight){ .seq = question.seq };
    w->at = 0;
    w->fn(w->arg);
}

struct ask
witness_next(const struct witness *w)
{
    struct ask a = { ASK_NOBODY, "" };

    if (w->at == w->question.n)
        return a;
    a.kind = ASK_GUEST;
    memcpy(a.uuid, w->question.vms[w->at], sizeof a.uuid);
    return a;
}

void
witness_on_answer(struct witness *w, const struct ask *a, enum answer_kind kind)
{
    if (w->at == w->question.n || strcmp(a->uuid, w->question.vms[w->at]) != 0)
        return; /* to a question that was replaced */
    if (kind == ANSWER_OK) {
        (void) sight_add(&w->found, a->uuid);
    } else if (kind != ANSWER_ABSENT) {
        w->question.n = w->at = 0;
        return;
    }
    if (++w->at == w->question.n)
        answer(w);
}

void
witness_look(struct witness *w)
{
    CLEANUP_FREE char *program = xstrdup("attrd_updater");
    CLEANUP_FREE char *query = xstrdup("--query");
    CLEANUP_FREE char *name = xstrdup("--name=" SIGHT_QUESTION);
    char *argv[] = { program, query, name, NULL };

    if (!w->query && w->question.n == 0)
        capture_run(&w->query, argv, OUTPUT_MAX, LIMIT_MS, on_question, w);
}

struct witness *
witness_new(witness_fn *fn, void *arg)
{
    struct witness *w = xcalloc(1, sizeof *w);

    w->fn = fn;
    w->arg = arg;
    return w;
}

void
witness_free(struct witness *w)
{
    if (!w)
        return;
    capture_forget(&w->query);
    child_forget(&w->update);
    free(w);
}
