/* Nova's aggregates and hypervisors into structs. */
#include "nova-hosts-json.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "reply.h"
#include "scan.h"
#include "xalloc.h"

enum { MAX_AGGREGATES = 10000, MAX_HOSTS = 100000 };

/* --- aggregates ----------------------------------------------------------- */

static void
aggregate_clear(struct nova_aggregate *a)
{
    for (size_t i = 0; i < a->n_hosts; i++)
        free(a->hosts[i]);
    free(a->hosts);
}

/* Names of hosts: the only list of texts that we read. */
static int
read_members(const struct reply_node *n, struct nova_aggregate *a,
             struct vmha_error *err)
{
    struct json_object *item;
    struct reply_node list;

    if (reply_list(n, "hosts", &list, err) == -1)
        return -1;
    if (reply_length(&list) > MAX_HOSTS)
        return vmha_fail(err, VMHA_E_INPUT, 0, "%s: above %d items", list.where,
                         MAX_HOSTS);
    a->hosts = xcalloc(reply_length(&list), sizeof *a->hosts);
    for (size_t i = 0; i < reply_length(&list); i++) {
        item = json_object_array_get_idx(list.value, i);
        if (!json_object_is_type(item, json_type_string))
            return vmha_fail(err, VMHA_E_INPUT, 0,
                             "%shosts[%zu]: expected a string", n->where, i);
        a->hosts[a->n_hosts++] = xstrdup(json_object_get_string(item));
    }
    return 0;
}

static int
read_aggregate(const struct reply_node *n, struct nova_aggregate *ret_aggregate,
               struct vmha_error *err)
{
    struct nova_aggregate a = { 0 };
    bool is_deleted = false;

    if (reply_int(n, "id", &a.id, err) == -1 ||
        (reply_has(n, "deleted") &&
         reply_bool(n, "deleted", &is_deleted, err) == -1) ||
        read_members(n, &a, err) == -1) {
        aggregate_clear(&a);
        return -1;
    }
    if (a.id < 1 || is_deleted) {
        aggregate_clear(&a);
        return vmha_fail(err, VMHA_E_INPUT, 0, "%sid: no aggregate's",
                         n->where);
    }
    *ret_aggregate = a;
    return 0;
}

int
nova_aggregates_parse(const char *bytes, size_t len,
                      struct nova_aggregate_list *ret_list,
                      struct vmha_error *err)
{
    CLEANUP_REPLY struct json_object *doc = reply_parse(bytes, len, err);
    CLEANUP_NOVA_AGGREGATES struct nova_aggregate_list list = { 0 };
    struct reply_node top, page, n;

    if (!doc)
        return -1;
    top = reply_top(doc);
    if (reply_list(&top, "aggregates", &page, err) == -1)
        return -1;
    if (reply_length(&page) > MAX_AGGREGATES)
        return vmha_fail(err, VMHA_E_INPUT, 0, "aggregates: above %d items",
                         MAX_AGGREGATES);
    list.items = xcalloc(reply_length(&page), sizeof *list.items);
    for (size_t i = 0; i < reply_length(&page); i++) {
        if (reply_item(&page, i, &n, err) == -1 ||
            read_aggregate(&n, &list.items[list.n], err) == -1)
            return -1;
        list.n++;
    }
    *ret_list = list;
    list = (struct nova_aggregate_list){ 0 };
    return 0;
}

void
nova_aggregates_clear(struct nova_aggregate_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        aggregate_clear(&list->items[i]);
    free(list->items);
    *list = (struct nova_aggregate_list){ 0 };
}

/* --- hypervisors ---------------------------------------------------------- */

/* The one that marks the next page is the last of this page. */
static int
read_marker(const struct reply_node *top, const struct reply_node *page,
            char **ret_marker, struct vmha_error *err)
{
    struct reply_node links, link, last;
    const char *rel, *id;

    *ret_marker = NULL;
    if (!reply_has(top, "hypervisors_links") || reply_length(page) == 0)
        return 0;
    if (reply_list(top, "hypervisors_links", &links, err) == -1)
        return -1;
    for (size_t i = 0; i < reply_length(&links); i++) {
        if (reply_item(&links, i, &link, err) == -1 ||
            reply_text(&link, "rel", &rel, err) == -1)
            return -1;
        if (strcmp(rel, "next") != 0)
            continue;
        if (reply_item(page, reply_length(page) - 1, &last, err) == -1 ||
            reply_text(&last, "id", &id, err) == -1)
            return -1;
        if (!scan_is_uuid(id)) /* it goes into a path */
            return vmha_fail(err, VMHA_E_INPUT, 0, "%sid: expected a UUID",
                             last.where);
        xstrset(ret_marker, id);
    }
    return 0;
}

static int
read_hypervisor(const struct reply_node *n,
                struct nova_hypervisor *ret_hypervisor, struct vmha_error *err)
{
    struct nova_hypervisor h = { 0 };
    struct reply_node service;
    const char *host, *state, *status;

    if (reply_object(n, "service", &service, err) == -1 ||
        reply_text(n, "state", &state, err) == -1 ||
        reply_text(n, "status", &status, err) == -1 ||
        reply_text(&service, "host", &host, err) == -1 ||
        (reply_has(n, "memory_mb_used") &&
         reply_int(n, "memory_mb_used", &h.used_ram_mb, err) == -1) ||
        reply_int(n, "free_ram_mb", &h.free_ram_mb, err) == -1)
        return -1;
    h.host = xstrdup(host);
    h.is_up = strcmp(state, "up") == 0;
    h.is_usable = h.is_up && strcmp(status, "enabled") == 0;
    *ret_hypervisor = h;
    return 0;
}

int
nova_hypervisors_parse(const char *bytes, size_t len,
                       struct nova_hypervisor_list *list, char **ret_marker,
                       struct vmha_error *err)
{
    CLEANUP_REPLY struct json_object *doc = reply_parse(bytes, len, err);
    struct reply_node top, page, n;

    if (!doc)
        return -1;
    top = reply_top(doc);
    if (reply_list(&top, "hypervisors", &page, err) == -1)
        return -1;
    if (list->n + reply_length(&page) > MAX_HOSTS)
        return vmha_fail(err, VMHA_E_INPUT, 0, "hypervisors: above %d items",
                         MAX_HOSTS);
    list->items = xrealloc(list->items, list->n + reply_length(&page) + 1,
                           sizeof *list->items);
    for (size_t i = 0; i < reply_length(&page); i++) {
        if (reply_item(&page, i, &n, err) == -1 ||
            read_hypervisor(&n, &list->items[list->n], err) == -1)
            return -1;
        list->n++;
    }
    return read_marker(&top, &page, ret_marker, err);
}

void
nova_hypervisors_clear(struct nova_hypervisor_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->items[i].host);
    free(list->items);
    *list = (struct nova_hypervisor_list){ 0 };
}

/* --- requests ------------------------------------------------------------- */

static char *
text_of(struct json_object *doc)
{
    return xstrdup(json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PLAIN));
}

/* Nova refuses a reason beside "enabled". */
char *
nova_service_body(bool is_disabled, const char *reason)
{
    CLEANUP_REPLY struct json_object *doc = json_object_new_object();

    json_object_object_add(doc, "status",
                           json_object_new_string(is_disabled ? "disabled"
                                                              : "enabled"));
    if (reason)
        json_object_object_add(doc, "disabled_reason",
                               json_object_new_string(reason));
    return text_of(doc);
}

char *
nova_aggregate_body(const char *action, const char *host)
{
    CLEANUP_REPLY struct json_object *doc = json_object_new_object();
    struct json_object *args = json_object_new_object();

    json_object_object_add(args, "host", json_object_new_string(host));
    json_object_object_add(doc, action, args);
    return text_of(doc);
}

char *
nova_evacuate_body(const char *target)
{
    CLEANUP_REPLY struct json_object *doc = json_object_new_object();
    struct json_object *args = json_object_new_object();

    if (target)
        json_object_object_add(args, "host", json_object_new_string(target));
    json_object_object_add(doc, "evacuate", args);
    return text_of(doc);
}
