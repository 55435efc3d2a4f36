/* Nova's server groups into structs. */
#include "nova-groups-json.h"

#include <stdlib.h>

#include <json-c/json.h>

#include "reply.h"
#include "xalloc.h"

enum { MAX_GROUPS = 200000 };

static void
group_clear(struct nova_group *g)
{
    free(g->id);
    free(g->name);
    free(g->policy);
    pairs_clear(&g->members);
}

static void
add_member(const char *name, const char *value, void *arg)
{
    (void) name;
    pairs_add(arg, NULL, value);
}

static int
read_group(const struct reply_node *n, struct nova_group *g,
           struct vmha_error *err)
{
    const char *id, *name, *policy;

    if (reply_text(n, "id", &id, err) == -1 ||
        reply_text(n, "name", &name, err) == -1 ||
        reply_text(n, "policy", &policy, err) == -1 ||
        reply_texts_opt(n, "members", add_member, &g->members, err) == -1)
        return -1;
    g->id = xstrdup(id);
    g->name = xstrdup(name);
    g->policy = xstrdup(policy);
    return 0;
}

int
nova_groups_parse(const char *bytes, size_t len, struct nova_group_list *list,
                  struct vmha_error *err)
{
    CLEANUP_REPLY struct json_object *doc = reply_parse(bytes, len, err);
    struct reply_node top, page, n;

    if (!doc)
        return -1;
    top = reply_top(doc);
    if (reply_list(&top, "server_groups", &page, err) == -1)
        return -1;
    if (list->n + reply_length(&page) > MAX_GROUPS)
        return vmha_fail(err, VMHA_E_INPUT, 0, "server_groups: above %d items",
                         MAX_GROUPS);
    for (size_t i = 0; i < reply_length(&page); i++) {
        struct nova_group g = { 0 };

        if (reply_item(&page, i, &n, err) == -1 ||
            read_group(&n, &g, err) == -1) {
            group_clear(&g);
            return -1;
        }
        list->items = xrealloc(list->items, list->n + 1, sizeof *list->items);
        list->items[list->n++] = g;
    }
    return 0;
}

void
nova_groups_clear(struct nova_group_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        group_clear(&list->items[i]);
    free(list->items);
    *list = (struct nova_group_list){ 0 };
}
