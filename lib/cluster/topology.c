/* The fencing topology: does a real device come before fence_vmha? */
#include "topology.h"

#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cib-settings.h"
#include "cleanup.h"
#include "element.h"
#include "scan.h"
#include "xalloc.h"

/* fencing-level/@index: 1 to 9; the fencer drops others. */
enum { LEVEL_MAX = 9, SECTION_DEPTH = 2 };

struct topology {
    const xmlNode *levels;
    const xmlNode *nodes;
    const xmlNode *resources;
};

enum device { DEVICE_MISSING, DEVICE_REAL, DEVICE_OWN };

struct search {
    const char *id;
    enum device found;
};

static void
match_device(const struct resource *rsc, void *arg)
{
    struct search *s = arg;
    const char *class_name = resource_attr(rsc, "class");
    const char *type = resource_attr(rsc, "type");

    if (!element_attr_is(rsc->chain[0], "id", s->id) || !class_name || !type ||
        strcmp(class_name, "stonith") != 0)
        return;
    s->found = strcmp(type, TOPOLOGY_OWN_TYPE) == 0 ? DEVICE_OWN : DEVICE_REAL;
}

static enum device
find_device(const struct topology *t, const char *id)
{
    struct search s = { .id = id, .found = DEVICE_MISSING };

    resource_each(t->resources, NULL, match_device, &s);
    return s.found;
}

static bool
matches_pattern(const char *pattern, const char *target)
{
    regex_t re;
    bool is_match;

    /* Not anchored, as in the fencer's topology_matches(). */
    if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    is_match = regexec(&re, target, 0, NULL, 0) == 0;
    regfree(&re);
    return is_match;
}

static bool
node_has(const struct topology *t, const char *target, const char *name,
         const char *value)
{
    FOR_EACH_CHILD(node, t->nodes) {
        const char *got;

        if (!element_attr_is(node, "uname", target))
            continue;
        got = setting_get(t->nodes, node, "instance_attributes", name);
        if (got && strcmp(got, value) == 0)
            return true;
    }
    return false;
}

/* The fencer looks first for a level whose key is the node's name to the
 * letter; the key is the target or the pattern (stonith_level_key()).
 */
static bool
is_by_key(const xmlNode *level, const char *target)
{
    const char *key = element_attr(level, "target");

    if (!key)
        key = element_attr(level, "target-pattern");
    return key && strcmp(key, target) == 0;
}

/* The kinds exclude each other in this order (unpack_level_kind()). */
static bool
is_by_match(const struct topology *t, const xmlNode *level, const char *target)
{
    const char *own_name = element_attr(level, "target");
    const char *pattern = element_attr(level, "target-pattern");
    const char *name = element_attr(level, "target-attribute");
    const char *value = element_attr(level, "target-value");

    if (own_name)
        return strcasecmp(own_name, target) == 0;
    if (pattern)
        return matches_pattern(pattern, target);
    return name && value && node_has(t, target, name, value);
}

static bool
is_level(const xmlNode *e)
{
    const char *index = element_attr(e, "index");
    unsigned i;

    return element_is(e, "fencing-level") && index &&
           scan_uint(index, &i) == 0 && i >= 1 && i <= LEVEL_MAX;
}

/* Counts the levels with our device into N_GUARDED; -1 where one is not. */
static int
check_level(const struct topology *t, const xmlNode *level,
            unsigned *ret_guarded, struct vmha_error *err)
{
    const char *devices = element_attr(level, "devices");
    const char *level_id = element_attr(level, "id");
    CLEANUP_FREE char *list = xstrdup(devices ? devices : "");
    char *rest = list, *id;
    bool has_real = false;

    while ((id = strsep(&rest, ","))) {
        enum device d = find_device(t, id);

        if (d == DEVICE_OWN && !has_real)
            return vmha_fail(err, VMHA_E_REFUSED, 0,
                             "fencing-level '%s': no other stonith device is "
                             "listed before '%s' in devices='%s'",
                             level_id ? level_id : "", id, devices);
        has_real |= d == DEVICE_REAL;
        *ret_guarded += d == DEVICE_OWN;
    }
    return 0;
}

int
topology_check(const xmlNode *cib, const char *target, struct vmha_error *err)
{
    struct topology t = {
        .levels = element_find(cib, "fencing-topology", NULL, SECTION_DEPTH),
        .nodes = element_find(cib, "nodes", NULL, SECTION_DEPTH),
        .resources = element_find(cib, "resources", NULL, SECTION_DEPTH),
    };
    bool has_key = false;
    unsigned n_guarded = 0;

    FOR_EACH_CHILD(e, t.levels)
        has_key |= is_level(e) && is_by_key(e, target);
    FOR_EACH_CHILD(e, t.levels) {
        bool applies = is_level(e) && (has_key ? is_by_key(e, target)
                                               : is_by_match(&t, e, target));

        if (applies && check_level(&t, e, &n_guarded, err) == -1)
            return -1;
    }
    if (n_guarded == 0)
        return vmha_fail(err, VMHA_E_REFUSED, 0,
                         "no fencing-level of '%s' lists a power device and "
                         "then a device of type " TOPOLOGY_OWN_TYPE,
                         target);
    return 0;
}
