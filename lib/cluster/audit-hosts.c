/* The audit of compute hosts: power devices, fencing levels. */
#include "audit-inside.h"

#include <string.h>

#include "buf.h"
#include "cib-settings.h"
#include "cleanup.h"
#include "element.h"
#include "topology.h"
#include "xalloc.h"

bool
audit_is_compute(const struct cluster_node *n)
{
    return n->is_remote || n->host || n->segment;
}

/* --- power devices ------------------------------------------------------- */

/* Is NAME one of the words of LIST, alone or before a colon (pcmk_host_map)? */
static bool
has_word(const char *list, const char *name)
{
    size_t len = strlen(name);

    while (list && *list) {
        size_t word = strcspn(list, " ,;\t");

        if (word >= len && strncmp(list, name, len) == 0 &&
            (word == len || list[len] == ':' || list[len] == '='))
            return true;
        list += word + strspn(list + word, " ,;\t");
    }
    return false;
}

struct search {
    const char *host;
    struct buf *found; /* "ipmi-cmp1,pdu-cmp1" */
};

static void
find_power(const struct resource *rsc, void *arg)
{
    struct search *s = arg;
    const char *id = element_attr(rsc->chain[0], "id");

    if (!id || resource_is(rsc, "stonith", NULL, TOPOLOGY_OWN_TYPE) ||
        !element_attr_is(rsc->chain[0], "class", "stonith"))
        return;
    if (has_word(resource_param(rsc, "pcmk_host_list"), s->host) ||
        has_word(resource_param(rsc, "pcmk_host_map"), s->host))
        (void) buf_printf(s->found, "%s%s", s->found->len ? "," : "", id);
}

/* The devices that switch HOST, separated by commas; none: "". */
static char *
power_of(const struct audit *a, const char *host)
{
    CLEANUP_BUF struct buf b = BUF_INIT(AUDIT_LIST_MAX);
    struct search s = { host, &b };

    resource_each(a->resources, a->defaults, find_power, &s);
    return xstrdup(buf_str(&b));
}

/* --- levels -------------------------------------------------------------- */

static const char *
own_device(const struct audit *a)
{
    return a->fence ? a->fence : "fence-vmha";
}

/* DEVICES without ours, then ours. */
static void
add_guarded(const struct audit *a, struct buf *b, const char *devices)
{
    CLEANUP_FREE char *list = xstrdup(devices);
    char *rest = list, *id;

    while ((id = strsep(&rest, ",")))
        if (*id && strcmp(id, own_device(a)) != 0)
            (void) buf_printf(b, "%s,", id);
    (void) buf_add_str(b, own_device(a));
}

static void
add_level(const struct audit *a, struct buf *b, const xmlNode *level,
          bool is_to_guard)
{
    const char *devices = element_attr(level, "devices");

    if (is_to_guard)
        add_guarded(a, b, devices ? devices : "");
    else
        (void) buf_add_str(b, devices ? devices : "");
}

static const xmlNode *
levels_of(const struct audit *a)
{
    return element_find(a->cib, "fencing-topology", NULL, AUDIT_SECTION_DEPTH);
}

/* The level that HOST is to have where it has none of its own. */
static char *
new_level(const struct audit *a, const char *host)
{
    CLEANUP_FREE char *power = power_of(a, host);
    CLEANUP_FREE char *named = xasprintf("ipmi-%s", host);
    CLEANUP_BUF struct buf b = BUF_INIT(AUDIT_LIST_MAX);

    add_guarded(a, &b, *power ? power : named);
    return xstrdup(buf_str(&b));
}

static void
add_line(struct buf *b, char *line)
{
    (void) buf_printf(b, "%s%s", b->len ? "\n" : "", line);
    free(line);
}

static void
commas_to_blanks(char *s)
{
    for (; (s = strchr(s, ',')); s++)
        *s = ' ';
}

static void
mend_by_pcs(const struct audit *a, const char *host, struct buf *mend)
{
    bool has_level = false;

    FOR_EACH_CHILD(level, levels_of(a)) {
        CLEANUP_BUF struct buf b = BUF_INIT(AUDIT_LIST_MAX);
        CLEANUP_FREE char *devices = NULL;

        if (!element_attr_is(level, "target", host))
            continue;
        has_level = true;
        add_level(a, &b, level, true);
        devices = xstrdup(buf_str(&b));
        commas_to_blanks(devices);
        add_line(mend, MEND(a, OLD_LEVEL, .id = host, .value = devices,
                            .other = element_attr(level, "index")));
    }
    if (!has_level) {
        CLEANUP_FREE char *devices = new_level(a, host);

        commas_to_blanks(devices);
        add_line(mend,
                 MEND(a, LEVEL, .id = host, .value = devices, .other = "1"));
    }
}

/* Is host N's fencing as it should be? */
static bool
is_guarded(const struct audit *a, const char *host)
{
    struct vmha_error err;

    return topology_check(a->cib, host, &err) == 0;
}

/* "cmp1: ipmi-cmp1,fence-vmha": the levels of TARGET as crmsh has them, in
 * order; those it has, or the one it is to have.
 */
static void
add_target(const struct audit *a, struct buf *b, const char *target,
           bool is_to_guard)
{
    size_t before;

    (void) buf_printf(b, "%s%s:", b->len ? " " : "", target);
    before = b->len;
    for (char index[] = "1"; *index <= '9'; ++*index)
        FOR_EACH_CHILD(level, levels_of(a)) {
            if (!element_attr_is(level, "target", target) ||
                !element_attr_is(level, "index", index))
                continue;
            (void) buf_add_str(b, " ");
            add_level(a, b, level, is_to_guard);
        }
    if (b->len == before && is_to_guard) {
        CLEANUP_FREE char *devices = new_level(a, target);

        (void) buf_printf(b, " %s", devices);
    }
}

/* Has a level before this one the same target? */
static bool
is_known_target(const struct audit *a, const xmlNode *this_level)
{
    const char *target = element_attr(this_level, "target");

    FOR_EACH_CHILD(level, levels_of(a)) {
        if (level == this_level)
            return false;
        if (element_attr_is(level, "target", target))
            return true;
    }
    return false;
}

/* crmsh has the topology as one object: all of it, as it should be. */
static char *
mend_by_crm(const struct audit *a, const char *host)
{
    CLEANUP_BUF struct buf b = BUF_INIT(AUDIT_LIST_MAX);
    const struct cluster_view *v = a->view;
    bool has_levels = false;

    FOR_EACH_CHILD(level, levels_of(a)) {
        const char *target = element_attr(level, "target");
        const struct cluster_node *n;

        has_levels = true;
        if (!target) {
            CLEANUP_FREE char *devices = new_level(a, host);

            return MEND(a, PATTERNS, .id = host, .value = devices);
        }
        n = cluster_view_node(v, target);
        if (!is_known_target(a, level) && !(n && audit_is_compute(n)))
            add_target(a, &b, target, false);
    }
    for (size_t i = 0; i < v->n_nodes; i++)
        if (audit_is_compute(&v->nodes[i]))
            add_target(a, &b, v->nodes[i].name,
                       !is_guarded(a, v->nodes[i].name));
    return has_levels ? MEND(a, RETOPOLOGY, .value = buf_str(&b))
                      : MEND(a, TOPOLOGY, .value = buf_str(&b));
}

static char *
mend_level(const struct audit *a, const char *host)
{
    CLEANUP_BUF struct buf b = BUF_INIT(AUDIT_LIST_MAX);

    if (a->tool == RECIPE_CRM)
        return mend_by_crm(a, host);
    mend_by_pcs(a, host, &b);
    return xstrdup(buf_str(&b));
}

/* --- hosts --------------------------------------------------------------- */

static void
check_power(const struct audit *a, const char *host)
{
    CLEANUP_FREE char *power = power_of(a, host);

    if (!*power && !is_guarded(a, host))
        audit_report(a, AUDIT_BAD,
                     "it is never fenced, so that nothing proves its death",
                     MEND(a, POWER, .id = host),
                     xasprintf("%s: no power device names it in pcmk_host_list",
                               host));
}

static void
check_level(const struct audit *a, const char *host)
{
    struct vmha_error err;

    if (topology_check(a->cib, host, &err) == -1)
        audit_report(a, AUDIT_BAD, "its failure is not noted when it is fenced",
                     mend_level(a, host), xasprintf("%s: %s", host, err.text));
}

static void
check_managed(const struct audit *a, const struct cluster_node *n)
{
    if (n->is_remote && n->is_unmanaged)
        audit_report(a, AUDIT_NOTE, "Pacemaker does not fence it meanwhile",
                     MEND(a, MANAGE, .id = n->name),
                     xasprintf("%s is in maintenance or unmanaged", n->name));
}

void
audit_hosts(const struct audit *a)
{
    const struct cluster_view *v = a->view;

    for (size_t i = 0; i < v->n_nodes; i++)
        if (audit_is_compute(&v->nodes[i])) {
            check_managed(a, &v->nodes[i]);
            check_power(a, v->nodes[i].name);
        }
    for (size_t i = 0; i < v->n_nodes; i++)
        if (audit_is_compute(&v->nodes[i]))
            check_level(a, v->nodes[i].name);
}
