/* What is wrong with the segments of a cluster. */
#include "survey.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "method.h"
#include "xalloc.h"

struct report {
    const struct survey *s;
    survey_fn *fn;
    void *arg;
};

/* TEXT is freed. */
static void
tell(const struct report *r, char *text)
{
    r->fn(text, r->arg);
    free(text);
}

static bool
same_segment(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool
survey_owns(const struct survey_instance *i, size_t n_instances,
            const char *segment)
{
    return same_segment(i->segment, segment) ||
           (!i->segment && n_instances == 1);
}

/* "segment 'rack1'", or what has none. */
static char *
segment_text(const char *segment)
{
    return segment ? xasprintf("segment '%s'", segment)
                   : xstrdup("the hosts without a segment");
}

/* --- who owns what ----------------------------------------------------- */

static const struct survey_instance *
owner_of(const struct survey *s, const struct survey_node *n)
{
    for (size_t i = 0; i < s->n_instances; i++)
        if (survey_owns(&s->instances[i], s->n_instances, n->segment))
            return &s->instances[i];
    return NULL;
}

char *
survey_rival(const struct survey *s, const char *id)
{
    const struct survey_instance *me = NULL;
    CLEANUP_FREE char *segment = NULL;

    for (size_t i = 0; i < s->n_instances; i++)
        if (strcmp(s->instances[i].id, id) == 0)
            me = &s->instances[i];
    if (!me)
        return xasprintf("the cluster's configuration has no resource '%s' of "
                         "type ocf:vmha:recovery that may run",
                         id);
    if (me->is_cloned)
        return xasprintf("resource '%s' is cloned: two copies would recover "
                         "the same hosts; take it out of its clone",
                         id);
    segment = segment_text(me->segment);
    for (size_t i = 0; i < s->n_instances; i++)
        if (&s->instances[i] != me &&
            same_segment(s->instances[i].segment, me->segment))
            return xasprintf("resources '%s' and '%s' both claim %s: give each "
                             "a segment of its own, or remove one",
                             id, s->instances[i].id, segment);
    return NULL;
}

/* Is it the same but for the case of ASCII letters? */
static bool
is_like(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (*a != *b &&
            ((*a ^ *b) != 0x20 || (*a | 0x20) < 'a' || (*a | 0x20) > 'z'))
            return false;
    return *a == *b;
}

/* --- segments ---------------------------------------------------------- */

/* A segment of a node that was perhaps meant, or NULL. */
static const struct survey_node *
node_like(const struct survey *s, const char *segment)
{
    for (size_t i = 0; i < s->n_nodes; i++)
        if (s->nodes[i].segment && is_like(s->nodes[i].segment, segment))
            return &s->nodes[i];
    return NULL;
}

static bool
has_hosts(const struct survey *s, const struct survey_instance *in)
{
    for (size_t i = 0; i < s->n_nodes; i++)
        if (s->nodes[i].is_compute &&
            survey_owns(in, s->n_instances, s->nodes[i].segment))
            return true;
    return false;
}

/* Without a segment any full member may be a host. */
static void
check_hosts(const struct report *r, const struct survey_instance *in)
{
    const struct survey_node *like;

    if (!in->segment || has_hosts(r->s, in))
        return;
    like = node_like(r->s, in->segment);
    if (like)
        tell(r, xasprintf("segment '%s' of resource '%s' has no hosts, but "
                          "node '%s' has vmha-segment '%s': make the two the "
                          "same",
                          in->segment, in->id, like->name, like->segment));
    else
        tell(r, xasprintf("segment '%s' of resource '%s' has no hosts: give "
                          "them the node attribute (vmha host set NODE "
                          "--segment=%s), or remove the resource",
                          in->segment, in->id, in->segment));
}

static size_t
count_reserved(const struct survey *s, const struct survey_instance *in)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n_nodes; i++)
        n += s->nodes[i].is_reserved &&
             survey_owns(in, s->n_instances, s->nodes[i].segment);
    return n;
}

static void
check_method(const struct report *r, const struct survey_instance *in)
{
    CLEANUP_FREE char *segment = segment_text(in->segment);
    enum recovery_method m = METHOD_AUTO;

    if (in->method && !recovery_method_of(in->method, &m))
        tell(r, xasprintf("resource '%s': recovery_method '%s' is none of "
                          "auto, reserved_host, auto_priority, rh_priority",
                          in->id, in->method));
    else if (m == METHOD_RESERVED_HOST && count_reserved(r->s, in) == 0)
        tell(r, xasprintf("resource '%s' uses reserved hosts only, and %s has "
                          "none: nothing can be recovered; keep a host free "
                          "(vmha host set NODE --reserved=true) or choose "
                          "another recovery_method",
                          in->id, segment));
    else if (m != METHOD_AUTO && count_reserved(r->s, in) == 0)
        tell(r, xasprintf("resource '%s' has recovery_method '%s', but %s has "
                          "no reserved host: it works as auto",
                          in->id, in->method, segment));
}

/* --- hosts --------------------------------------------------------------- */

static void
check_owner(const struct report *r, const struct survey_node *n)
{
    if (owner_of(r->s, n) || r->s->n_instances == 0)
        return;
    if (n->segment)
        tell(r, xasprintf("nobody recovers host '%s': no resource has its "
                          "segment '%s'; create one, or mend the host's "
                          "(vmha host set %s --segment=...)",
                          n->name, n->segment, n->name));
    else
        tell(r, xasprintf("nobody recovers host '%s': it has no segment, and "
                          "no resource is without one; give it one (vmha host "
                          "set %s --segment=...)",
                          n->name, n->name));
}

static void
check_reserved(const struct report *r, const struct survey_node *n)
{
    const struct survey_instance *in = owner_of(r->s, n);
    enum recovery_method m = METHOD_AUTO;

    if (in && in->method)
        (void) recovery_method_of(in->method, &m);
    if (in && m == METHOD_AUTO)
        tell(r, xasprintf("host '%s' is reserved, but resource '%s' never uses "
                          "reserved hosts: set its recovery_method",
                          n->name, in->id));
    else if (n->is_resting)
        tell(r, xasprintf("reserved host '%s' is in maintenance: it takes no "
                          "instances until that ends (vmha host set %s "
                          "--maintenance=false)",
                          n->name, n->name));
    else if (!n->is_online)
        tell(r, xasprintf("reserved host '%s' is not online: it takes no "
                          "instances until it is",
                          n->name));
}

static int
by_nova_host(const void *a, const void *b)
{
    return strcmp((*(const struct survey_node *const *) a)->nova_host,
                  (*(const struct survey_node *const *) b)->nova_host);
}

/* Two nodes that are one host in Nova: fencing one does not stop the other. */
static void
check_names(const struct report *r)
{
    size_t n = r->s->n_nodes;
    CLEANUP_FREE const struct survey_node **sorted = xcalloc(n, sizeof *sorted);

    for (size_t i = 0; i < n; i++)
        sorted[i] = &r->s->nodes[i];
    qsort(sorted, n, sizeof *sorted, by_nova_host);
    for (size_t i = 1; i < n; i++)
        if (by_nova_host(&sorted[i - 1], &sorted[i]) == 0)
            tell(r, xasprintf("nodes '%s' and '%s' are both host '%s' in Nova: "
                              "neither is recovered until the node attribute "
                              "vmha-host of one is mended",
                              sorted[i - 1]->name, sorted[i]->name,
                              sorted[i]->nova_host));
}

void
survey_check(const struct survey *s, survey_fn *fn, void *arg)
{
    struct report r = { s, fn, arg };

    for (size_t i = 0; i < s->n_instances; i++) {
        char *rival = survey_rival(s, s->instances[i].id);

        if (rival)
            tell(&r, rival);
        check_hosts(&r, &s->instances[i]);
        check_method(&r, &s->instances[i]);
    }
    for (size_t i = 0; i < s->n_nodes; i++) {
        if (s->nodes[i].is_compute)
            check_owner(&r, &s->nodes[i]);
        if (s->nodes[i].is_reserved)
            check_reserved(&r, &s->nodes[i]);
    }
    if (s->n_nodes)
        check_names(&r);
}
