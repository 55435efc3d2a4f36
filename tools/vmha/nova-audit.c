/* What Nova has of our hosts, as findings. */
#include "nova-audit.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "xalloc.h"

enum {
    STATUS_FORBIDDEN = 403,
    PARK_MINOR = 95,
    /* Heartbeats: every 10 s, and Nova calls a service up for 60 s. */
    AHEAD_MAX_MS = 5000,
    BEHIND_MAX_MS = 75000,
};

struct audit {
    struct json_object *const *docs;
    size_t n_docs;
    const struct audit_words *words;
    audit_fn *fn;
    void *arg;
};

/* --- reading -------------------------------------------------------------- */

static struct json_object *
member(struct json_object *o, const char *name, enum json_type type)
{
    struct json_object *value;

    return json_object_is_type(o, json_type_object) &&
                   json_object_object_get_ex(o, name, &value) &&
                   json_object_is_type(value, type)
               ? value
               : NULL;
}

static const char *
text(struct json_object *o, const char *name)
{
    struct json_object *value = member(o, name, json_type_string);

    return value ? json_object_get_string(value) : "";
}

static int64_t
number(struct json_object *o, const char *name)
{
    return json_object_get_int64(member(o, name, json_type_int));
}

static bool
truth(struct json_object *o, const char *name)
{
    return json_object_get_boolean(member(o, name, json_type_boolean));
}

/* Loop over the objects O of the list NAME of DOC. */
static size_t
length(struct json_object *doc, const char *name)
{
    struct json_object *list = member(doc, name, json_type_array);

    return list ? json_object_array_length(list) : 0;
}

static struct json_object *
item(struct json_object *doc, const char *name, size_t i)
{
    return json_object_array_get_idx(member(doc, name, json_type_array), i);
}

#define FOR_EACH_ITEM(o, doc, name)                                            \
    for (size_t o##_i = 0; o##_i < length(doc, name); o##_i++)                 \
        for (struct json_object *o = item(doc, name, o##_i), *o##_once = o;    \
             o##_once; o##_once = NULL)

/* --- telling -------------------------------------------------------------- */

#define MEND(a, recipe, ...)                                                   \
    recipe_fill(RECIPE_##recipe, (a)->words->tool,                             \
                &(const struct recipe_values){ __VA_ARGS__ })

static void
report(const struct audit *a, enum audit_severity severity, const char *why,
       char *mend, char *what)
{
    a->fn(severity, what, why, mend, a->arg);
    free(mend);
    free(what);
}

/* --- names ---------------------------------------------------------------- */

/* Is this host of Nova's one of ours, of any daemon's? */
static bool
is_ours(const struct audit *a, const char *name)
{
    for (size_t i = 0; i < a->n_docs; i++)
        FOR_EACH_ITEM(o, a->docs[i], "hosts")
            if (strcmp(text(o, "service_host"), name) == 0)
                return true;
    return false;
}

/* The only host of Nova's that is nobody's, or NULL. */
static const char *
only_stranger(const struct audit *a, struct json_object *doc)
{
    const char *found = NULL;

    FOR_EACH_ITEM(o, doc, "nova_hosts")
        if (!is_ours(a, text(o, "host"))) {
            if (found)
                return NULL;
            found = text(o, "host");
        }
    return found;
}

static void
check_host(const struct audit *a, struct json_object *doc,
           struct json_object *o)
{
    const char *node = text(o, "host"), *stranger = only_stranger(a, doc);

    if (!truth(o, "is_in_nova"))
        report(a, AUDIT_BAD, "when it fails, none of its VMs is found",
               MEND(a, RENAME, .id = node,
                    .value = stranger ? stranger : "NAME"),
               xasprintf("%s: Nova has no compute host '%s'", node,
                         text(o, "service_host")));
    else if (!truth(o, "is_up") && !truth(o, "is_failed"))
        report(a, truth(o, "is_reserved") ? AUDIT_BAD : AUDIT_NOTE,
               truth(o, "is_reserved")
                   ? "no VM of a failed host can go there"
                   : "no VM can go there, and those that are there cannot be "
                     "restarted",
               MEND(a, CLEANUP, .id = "nova-compute"),
               xasprintf("%s%s: its nova-compute is down, as Nova says",
                         truth(o, "is_reserved") ? "reserved host " : "",
                         node));
    if (truth(o, "is_entry_broken"))
        report(a, AUDIT_BAD,
               "whether its VMs are being recovered is not known: nothing is "
               "done, and its gate stays shut",
               MEND(a, ENTRY, .id = node),
               xasprintf("%s: its entry in the journal cannot be read", node));
}

static void
check_strangers(const struct audit *a, struct json_object *doc)
{
    FOR_EACH_ITEM(o, doc, "nova_hosts")
        if (!is_ours(a, text(o, "host")))
            report(a, AUDIT_NOTE,
                   "when it fails, its VMs are not recovered, unless another "
                   "cluster does",
                   MEND(a, CONNECT, .id = text(o, "host")),
                   xasprintf("Nova's host '%s' is no compute host of this "
                             "cluster",
                             text(o, "host")));
}

/* --- fencing -------------------------------------------------------------- */

/* Of devices that were never used nobody knows whether they work.  The fencers
 * remember until they are restarted.
 */
static void
check_tested(const struct audit *a, struct json_object *doc)
{
    const char *first = NULL;
    size_t n = 0;

    FOR_EACH_ITEM(o, doc, "hosts")
        if (*text(o, "host") && !truth(o, "was_fenced")) {
            first = first ? first : text(o, "host");
            n++;
        }
    if (n)
        report(a, AUDIT_NOTE,
               "only a fencing shows that the power device works: try it when "
               "the host has no VMs",
               MEND(a, TEST, .id = first),
               xasprintf("the fencers remember no fencing of %s%s", first,
                         n > 1 ? " and others" : ""));
}

/* --- room ----------------------------------------------------------------- */

/* Free on a host of Nova's; a number that makes no sense is none. */
static int64_t
free_on(struct json_object *o)
{
    int64_t mb = number(o, "free_ram_mb");

    return mb > 0 && mb < INT32_MAX ? mb : 0;
}

/* Is this host of Nova's a reserve of ours that is up? */
static bool
is_reserve(struct json_object *doc, const char *name)
{
    FOR_EACH_ITEM(o, doc, "hosts") {
        if (truth(o, "is_reserved") && truth(o, "is_up") &&
            strcmp(text(o, "service_host"), name) == 0)
            return true;
    }
    return false;
}

/* What is free beside HOST, on hosts that take VMs, or will. */
static int64_t
free_beside(struct json_object *doc, const char *host)
{
    int64_t sum = 0;

    FOR_EACH_ITEM(o, doc, "nova_hosts") {
        const char *name = text(o, "host");

        if (strcmp(name, host) != 0 &&
            (truth(o, "is_usable") || is_reserve(doc, name)))
            sum += free_on(o);
    }
    return sum;
}

/* The host with the most: if it cannot leave, tell. */
static void
check_room(const struct audit *a, struct json_object *doc)
{
    const char *host = NULL;
    int64_t most = 0, room;

    FOR_EACH_ITEM(o, doc, "nova_hosts")
        if (is_ours(a, text(o, "host")) && number(o, "used_ram_mb") > most) {
            most = number(o, "used_ram_mb");
            host = text(o, "host");
        }
    if (!host)
        return;
    room = free_beside(doc, host);
    if (room < most)
        report(
            a, AUDIT_NOTE,
            "some of its VMs would wait for room, unless Nova may overcommit "
            "RAM",
            xstrdup("vmha host set HOST --reserved=true"),
            xasprintf("if %s failed, its VMs would need %lld MB, and the "
                      "others have %lld MB free",
                      host, (long long) most, (long long) room));
}

/* --- Nova itself ---------------------------------------------------------- */

static void
check_troubles(const struct audit *a, struct json_object *doc)
{
    FOR_EACH_ITEM(o, doc, "troubles") {
        bool is_refused = number(o, "status") == STATUS_FORBIDDEN;

        report(a, AUDIT_BAD, "a recovery needs that",
               is_refused ? MEND(a, ROLE, .id = NULL)
                          : xstrdup("see vmha status, and Nova's log"),
               xasprintf("%s: Nova %s to %s: %s", text(doc, "instance"),
                         is_refused ? "does not allow us" : "fails",
                         text(o, "what"), text(o, "text")));
    }
}

static void
check_clock(const struct audit *a, struct json_object *doc)
{
    int64_t age_ms = number(doc, "heartbeat_age_ms");

    if (age_ms >= -AHEAD_MAX_MS && age_ms <= BEHIND_MAX_MS)
        return;
    report(a, AUDIT_NOTE,
           "ages of Nova's records and of fencings are taken for wrong",
           MEND(a, CLOCK, .id = NULL),
           xasprintf("the clocks of Nova and of the node of %s differ by some "
                     "%lld s",
                     text(doc, "instance"), llabs((long long) age_ms / 1000)));
}

static void
check_version(const struct audit *a, struct json_object *doc)
{
    int64_t minor = number(doc, "minor");

    if (truth(doc, "starts_by_level") && minor && minor < PARK_MINOR)
        report(
            a, AUDIT_NOTE,
            "VMs of a level are evacuated only when those of the one before "
            "are active, which takes longer",
            xstrdup("upgrade Nova to 2023.1 or later"),
            xasprintf("%s has start_by_level, and Nova's newest microversion "
                      "is 2.%lld",
                      text(doc, "instance"), (long long) minor));
}

void
nova_audit(struct json_object *const *docs, size_t n,
           const struct audit_words *words, audit_fn *fn, void *arg)
{
    struct audit a = { docs, n, words, fn, arg };

    for (size_t i = 0; i < n; i++) {
        check_troubles(&a, docs[i]);
        check_clock(&a, docs[i]);
        check_version(&a, docs[i]);
        FOR_EACH_ITEM(o, docs[i], "hosts")
            if (*text(o, "host"))
                check_host(&a, docs[i], o);
        check_tested(&a, docs[i]);
    }
    for (size_t i = 0; i < n; i++)
        if (length(docs[i], "nova_hosts")) { /* the same for all daemons */
            check_strangers(&a, docs[i]);
            check_room(&a, docs[i]);
            break;
        }
}
