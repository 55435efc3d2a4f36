/* The local cluster: CIB, fencer and quorum put together into views. */
#include "cluster.h"

#include <stdlib.h>

#include "attribute.h"
#include "ciblink.h"
#include "fencer.h"
#include "quorum.h"
#include "timer.h"
#include "xalloc.h"

/* A first view comes this late even if nothing can be reached. */
enum { FIRST_VIEW_MS = 1000 };

struct cluster {
    struct ciblink *cib;
    struct fencer *fencer;
    struct quorum *quorum;
    cluster_view_fn *fn;
    void *arg;
    struct attribute_job *attributes;
    struct timer *next_view;
    bool has_started; /* the first view was handed out */
};

static void
make_view(const struct cluster *c, struct cluster_view *v)
{
    ciblink_fill(c->cib, v);
    fencer_fill(c->fencer, v);
    v->is_quorate = quorum_is_quorate(c->quorum);
}

static void
hand_out(void *arg)
{
    struct cluster *c = arg;
    struct cluster_view v = { 0 };

    c->has_started = true;
    make_view(c, &v);
    c->fn(&v, c->arg);
    cluster_view_clear(&v);
}

/* One view for all that changes at once; the first one waits until all parts
 * are known, or will not be.
 */
static void
on_change(void *arg)
{
    struct cluster *c = arg;

    if (!c->has_started) {
        struct cluster_view v = { 0 };
        bool is_whole;

        make_view(c, &v);
        is_whole = v.is_denied || (v.has_cib && v.has_history && v.is_quorate);
        cluster_view_clear(&v);
        if (!is_whole)
            return;
    }
    timer_arm(&c->next_view, 0, hand_out, c);
}

static void
on_quorum(void *arg)
{
    struct cluster *c = arg;

    ciblink_set_quorate(c->cib, quorum_is_quorate(c->quorum));
    on_change(c);
}

struct cluster *
cluster_new(const char *name, cluster_view_fn *fn, void *arg)
{
    struct cluster *c = xcalloc(1, sizeof *c);

    c->fn = fn;
    c->arg = arg;
    timer_arm(&c->next_view, FIRST_VIEW_MS, hand_out, c);
    c->cib = ciblink_new(name, on_change, c);
    c->fencer = fencer_new(name, on_change, c);
    c->quorum = quorum_new(on_quorum, c);
    return c;
}

void
cluster_free(struct cluster *c)
{
    if (!c)
        return;
    timer_stop(&c->next_view);
    ciblink_free(c->cib);
    fencer_free(c->fencer);
    quorum_free(c->quorum);
    attribute_forget(&c->attributes);
    free(c);
}

void
cluster_refresh(struct cluster *c)
{
    ciblink_refresh(c->cib);
    fencer_refresh(c->fencer);
}

void
cluster_journal_set(struct cluster *c, const char *name, const char *value,
                    cluster_done_fn *fn, void *arg)
{
    ciblink_set(c->cib, name, value, fn, arg);
}

void
cluster_journal_delete(struct cluster *c, const char *name, const char *value,
                       cluster_done_fn *fn, void *arg)
{
    ciblink_delete(c->cib, name, value, fn, arg);
}

void
cluster_attribute_read(struct cluster *c, const char *node, const char *name,
                       cluster_attribute_fn *fn, void *arg)
{
    attribute_read(&c->attributes, node, name, fn, arg);
}

void
cluster_attribute_set(struct cluster *c, const char *node, const char *name,
                      const char *value, cluster_attribute_fn *fn, void *arg)
{
    attribute_set(&c->attributes, node, name, value, fn, arg);
}
