/* Does this host have a guest?  The question is an attribute of its node. */
#include "witness.h"

#include <inttypes.h>
#include <stdlib.h>
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
    uint64_t answered;  /* the seq that was answered last... */
    uint64_t answering; /* ...or is being */
};

static int
find_guests(struct witness *w, const struct sight *question,
            struct sight *ret_answer, struct vmha_error *err)
{
    struct sight answer = { .seq = question->seq };

    for (size_t i = 0; i < question->n; i++) {
        int is_here = w->fn(question->vms[i], w->arg, err);

        if (is_here == -1)
            return -1;
        if (is_here)
            (void) sight_add(&answer, question->vms[i]);
    }
    *ret_answer = answer;
    return 0;
}

static void
on_updated(int status, void *arg)
{
    struct witness *w = arg;

    if (status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        w->answered = w->answering;
    else
        log_warning("the cluster does not take the answer to the question "
                    "whether guests are here");
}

static void
answer(struct witness *w, const struct sight *found)
{
    char text[SIGHT_TEXT_MAX + 1];

    sight_format(found, text);
    w->answering = found->seq;

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
    struct sight question, found;
    struct vmha_error err;

    if (status == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return; /* there is none, or no cluster */
    if (!output || sight_parse_query(output, &question, &err) == -1) {
        log_warning(SIGHT_QUESTION ": %s", output ? err.text : "too long");
        return;
    }
    if (question.seq == w->answered || w->update)
        return;
    if (find_guests(w, &question, &found, &err) == -1) {
        log_warning("it cannot be told whether a guest is here: %s", err.text);
        return;
    }
    log_notice("asked whether %zu guests are here: %zu are", question.n,
               found.n);
    answer(w, &found);
}

void
witness_look(struct witness *w)
{
    CLEANUP_FREE char *program = xstrdup("attrd_updater");
    CLEANUP_FREE char *query = xstrdup("--query");
    CLEANUP_FREE char *name = xstrdup("--name=" SIGHT_QUESTION);
    char *argv[] = { program, query, name, NULL };

    if (!w->query)
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
