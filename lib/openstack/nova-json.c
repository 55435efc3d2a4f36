/* Nova's documents into structs, and requests into documents. */
#include "nova-json.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "reply.h"
#include "scan.h"
#include "xalloc.h"

enum { MAX_ITEMS = 200000 };

/* A copy of the text of KEY in *PLACE; NULL where it is missing or null. */
static int
copy_opt(const struct reply_node *n, const char *key, char **place,
         struct vmha_error *err)
{
    const char *text;

    if (reply_text_opt(n, key, &text, err) == -1)
        return -1;
    xstrset(place, text);
    return 0;
}

static int
copy(const struct reply_node *n, const char *key, char **place,
     struct vmha_error *err)
{
    const char *text;

    if (reply_text(n, key, &text, err) == -1)
        return -1;
    xstrset(place, text);
    return 0;
}

/* IDs go into paths of later requests. */
static int
copy_uuid(const struct reply_node *n, const char *key, char **place,
          struct vmha_error *err)
{
    if (copy(n, key, place, err) == -1)
        return -1;
    if (!scan_is_uuid(*place))
        return vmha_fail(err, VMHA_E_INPUT, 0, "%s%s: expected a UUID",
                         n->where, key);
    return 0;
}

/* Does a list's page have a next one?  KEY is "servers_links". */
static int
read_more(const struct reply_node *top, const char *key, bool *ret_more,
          struct vmha_error *err)
{
    struct reply_node links, link;
    const char *rel;
    bool more = false;

    if (reply_has(top, key)) {
        if (reply_list(top, key, &links, err) == -1)
            return -1;
        for (size_t i = 0; i < reply_length(&links); i++) {
            if (reply_item(&links, i, &link, err) == -1 ||
                reply_text(&link, "rel", &rel, err) == -1)
                return -1;
            more |= strcmp(rel, "next") == 0;
        }
    }
    *ret_more = more;
    return 0;
}

static int
check_room(size_t have, const struct reply_node *page, struct vmha_error *err)
{
    return have + reply_length(page) <= MAX_ITEMS
               ? 0
               : vmha_fail(err, VMHA_E_INPUT, 0, "%s: above %d items",
                           page->where, MAX_ITEMS);
}

/* Nova's reduced record of what is in a cell that does not answer.  A server
 * with a state that this Nova does not know has the same status.
 */
static int
refuse_unknown(const struct reply_node *n, struct vmha_error *err)
{
    const char *status;

    if (reply_text_opt(n, "status", &status, err) == -1)
        return -1;
    if (status && strcmp(status, "UNKNOWN") == 0 &&
        !reply_has(n, "OS-EXT-STS:vm_state"))
        return vmha_fail(err, VMHA_E_AGAIN, 0,
                         "%sstatus: UNKNOWN: its cell does not answer Nova",
                         n->where);
    return 0;
}

/* --- servers -------------------------------------------------------------- */

static void
add_pair(const char *name, const char *value, void *arg)
{
    pairs_add(arg, name, value);
}

static void
server_clear(struct nova_server *s)
{
    pairs_clear(&s->metadata);
    pairs_clear(&s->extra_specs);
    pairs_clear(&s->tags);
    free(s->project);
    free(s->zone);
    free(s->image);
    free(s->flavor);
    free(s->id);
    free(s->name);
    free(s->host);
    free(s->vm_state);
    free(s->task_state);
    free(s->fault);
}

static int
read_fault(const struct reply_node *n, struct nova_server *s,
           struct vmha_error *err)
{
    struct reply_node fault;

    if (!reply_has(n, "fault"))
        return 0;
    return reply_object(n, "fault", &fault, err) == -1
               ? -1
               : copy_opt(&fault, "message", &s->fault, err);
}

/* The flavor is embedded from 2.47 on. */
static int
read_flavor(const struct reply_node *n, struct nova_server *s,
            struct vmha_error *err)
{
    struct reply_node flavor;
    int64_t ram;

    if (!reply_has(n, "flavor"))
        return 0;
    if (reply_object(n, "flavor", &flavor, err) == -1 ||
        copy_opt(&flavor, "original_name", &s->flavor, err) == -1 ||
        reply_texts_opt(&flavor, "extra_specs", add_pair, &s->extra_specs,
                        err) == -1)
        return -1;
    if (!reply_has(&flavor, "ram"))
        return 0;
    if (reply_int(&flavor, "ram", &ram, err) == -1)
        return -1;
    if (ram < 0)
        return vmha_fail(err, VMHA_E_INPUT, 0, "%sram: below 0", flavor.where);
    s->ram_mb = (uint64_t) ram;
    return 0;
}

static int
read_power_state(const struct reply_node *n, struct nova_server *s,
                 struct vmha_error *err)
{
    static const char key[] = "OS-EXT-STS:power_state";
    int64_t state;

    if (!reply_has(n, key))
        return 0; /* NOSTATE, before the first start */
    if (reply_int(n, key, &state, err) == -1)
        return -1;
    if (state < 0 || state > 100)
        return vmha_fail(err, VMHA_E_INPUT, 0, "%s%s: out of range", n->where,
                         key);
    s->power_state = (int) state;
    return 0;
}

/* "" where the server boots from a volume, else an object. */
static int
read_image(const struct reply_node *n, struct nova_server *s,
           struct vmha_error *err)
{
    struct reply_node image;
    const char *none;
    struct vmha_error unused;

    if (!reply_has(n, "image") ||
        reply_text_opt(n, "image", &none, &unused) == 0)
        return 0;
    return reply_object(n, "image", &image, err) == -1
               ? -1
               : copy(&image, "id", &s->image, err);
}

/* What the administrator's rules look at. */
static int
read_marks(const struct reply_node *n, struct nova_server *s,
           struct vmha_error *err)
{
    if (copy_opt(n, "tenant_id", &s->project, err) == -1 ||
        copy_opt(n, "OS-EXT-AZ:availability_zone", &s->zone, err) == -1 ||
        reply_texts_opt(n, "metadata", add_pair, &s->metadata, err) == -1 ||
        reply_texts_opt(n, "tags", add_pair, &s->tags, err) == -1)
        return -1;
    return read_image(n, s, err);
}

static int
read_server(const struct reply_node *n, struct nova_server *s,
            struct vmha_error *err)
{
    const char *launched;

    if (copy_uuid(n, "id", &s->id, err) == -1 || refuse_unknown(n, err) == -1 ||
        copy_opt(n, "name", &s->name, err) == -1 ||
        copy_opt(n, "OS-EXT-SRV-ATTR:host", &s->host, err) == -1 ||
        copy(n, "OS-EXT-STS:vm_state", &s->vm_state, err) == -1 ||
        copy_opt(n, "OS-EXT-STS:task_state", &s->task_state, err) == -1 ||
        reply_text_opt(n, "OS-SRV-USG:launched_at", &launched, err) == -1 ||
        read_power_state(n, s, err) == -1 || read_fault(n, s, err) == -1 ||
        read_flavor(n, s, err) == -1 || read_marks(n, s, err) == -1)
        return -1;
    s->was_launched = launched != NULL;
    if (!s->name)
        s->name = xstrdup("");
    return 0;
}

static int
add_server(const struct reply_node *n, struct nova_server_list *list,
           struct vmha_error *err)
{
    struct nova_server s = { 0 };

    if (read_server(n, &s, err) == -1) {
        server_clear(&s);
        return -1;
    }
    list->items = xrealloc(list->items, list->n + 1, sizeof *list->items);
    list->items[list->n++] = s;
    return 0;
}

int
nova_servers_parse(const char *bytes, size_t len, struct nova_server_list *list,
                   bool *ret_more, struct vmha_error *err)
{
    CLEANUP_REPLY struct json_object *doc = reply_parse(bytes, len, err);
    struct reply_node top, page, n;

    if (!doc)
        return -1;
    top = reply_top(doc);
    if (reply_list(&top, "servers", &page, err) == -1 ||
        check_room(list->n, &page, err) == -1)
        return -1;
    for (size_t i = 0; i < reply_length(&page); i++)
        if (reply_item(&page, i, &n, err) == -1 ||
            add_server(&n, list, err) == -1)
            return -1;
    return read_more(&top, "servers_links", ret_more, err);
}

int
nova_server_parse(const char *bytes, size_t len, struct nova_server_list *list,
                  struct vmha_error *err)
{
    CLEANUP_REPLY struct json_object *doc = reply_parse(bytes, len, err);
    struct reply_node top, n;

    if (!doc)
        return -1;
    top = reply_top(doc);
    return reply_object(&top, "server", &n, err) == -1
               ? -1
               : add_server(&n, list, err);
}

void
nova_servers_clear(struct nova_server_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        server_clear(&list->items[i]);
    free(list->items);
    *list = (struct nova_server_list){ 0 };
}

/* --- migrations ----------------------------------------------------------- */

static void
migration_clear(struct nova_migration *m)
{
    free(m->uuid);
    free(m->instance);
    free(m->status);
    free(m->source);
    free(m->dest);
}

/* Before 2.59 a record shows its number only. */
static int
read_record_id(const struct reply_node *n, struct nova_migration *m,
               struct vmha_error *err)
{
    int64_t number;

    if (reply_has(n, "uuid"))
        return copy(n, "uuid", &m->uuid, err);
    if (reply_int(n, "id", &number, err) == -1)
        return -1;
    m->uuid = xasprintf("%lld", (long long) number);
    return 0;
}

static int
read_migration(const struct reply_node *n, struct nova_migration *m,
               struct vmha_error *err)
{
    /* Nova blanks the hosts of who lacks the right to see them. */
    if (!reply_has(n, "source_compute"))
        return vmha_fail(err, VMHA_E_PERMISSION, 0,
                         "%ssource_compute: hidden from us: Nova's policy "
                         "os_compute_api:os-migrations:index:host",
                         n->where);
    if (read_record_id(n, m, err) == -1 ||
        copy_uuid(n, "instance_uuid", &m->instance, err) == -1 ||
        copy(n, "status", &m->status, err) == -1 ||
        copy(n, "source_compute", &m->source, err) == -1 ||
        copy_opt(n, "dest_compute", &m->dest, err) == -1 ||
        reply_time_opt(n, "created_at", &m->created_ms, err) == -1)
        return -1;
    return reply_time_opt(n, "updated_at", &m->updated_ms, err);
}

static int
add_migration(const struct reply_node *n, struct nova_migration_list *list,
              struct vmha_error *err)
{
    struct nova_migration m = { 0 };

    if (read_migration(n, &m, err) == -1) {
        migration_clear(&m);
        return -1;
    }
    list->items = xrealloc(list->items, list->n + 1, sizeof *list->items);
    list->items[list->n++] = m;
    return 0;
}

int
nova_migrations_parse(const char *bytes, size_t len,
                      struct nova_migration_list *list, bool *ret_more,
                      struct vmha_error *err)
{
    CLEANUP_REPLY struct json_object *doc = reply_parse(bytes, len, err);
    struct reply_node top, page, n;

    if (!doc)
        return -1;
    top = reply_top(doc);
    if (reply_list(&top, "migrations", &page, err) == -1 ||
        check_room(list->n, &page, err) == -1)
        return -1;
    for (size_t i = 0; i < reply_length(&page); i++)
        if (reply_item(&page, i, &n, err) == -1 ||
            add_migration(&n, list, err) == -1)
            return -1;
    return read_more(&top, "migrations_links", ret_more, err);
}

void
nova_migrations_clear(struct nova_migration_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        migration_clear(&list->items[i]);
    free(list->items);
    *list = (struct nova_migration_list){ 0 };
}

/* For sorting: where a record stood in the list breaks ties. */
struct place {
    struct nova_migration m;
    size_t i;
};

static int
by_uuid_then_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int order = strcmp(x->m.uuid, y->m.uuid);

    return order ? order : (x->i > y->i) - (x->i < y->i);
}

static int
by_age_then_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->m.created_ms != y->m.created_ms)
        return x->m.created_ms > y->m.created_ms ? -1 : 1;
    return (x->i > y->i) - (x->i < y->i);
}

void
nova_migrations_merge(struct nova_migration_list *list)
{
    CLEANUP_FREE struct place *places = xcalloc(list->n, sizeof *places);
    size_t n = 0;

    for (size_t i = 0; i < list->n; i++)
        places[i] = (struct place){ list->items[i], i };
    qsort(places, list->n, sizeof *places, by_uuid_then_place);
    for (size_t i = 0; i < list->n; i++)
        if (i + 1 < list->n &&
            strcmp(places[i].m.uuid, places[i + 1].m.uuid) == 0)
            migration_clear(&places[i].m);
        else
            places[n++] = places[i];
    qsort(places, n, sizeof *places, by_age_then_place);
    for (size_t i = 0; i < n; i++)
        list->items[i] = places[i].m;
    list->n = n;
}

/* --- services ------------------------------------------------------------- */

void
nova_service_clear(struct nova_service *s)
{
    free(s->id);
    free(s->host);
    free(s->disabled_reason);
    *s = (struct nova_service){ 0 };
}

/* Is KEY the text YES, not NO?  Any other is an error. */
static int
read_choice(const struct reply_node *n, const char *key, const char *yes,
            const char *no, bool *ret, struct vmha_error *err)
{
    const char *text;

    if (reply_text(n, key, &text, err) == -1)
        return -1;
    if (strcmp(text, yes) != 0 && strcmp(text, no) != 0)
        return vmha_fail(err, VMHA_E_INPUT, 0, "%s%s: expected %s or %s",
                         n->where, key, yes, no);
    *ret = strcmp(text, yes) == 0;
    return 0;
}

static int
read_service(const struct reply_node *n, struct nova_service *ret_service,
             struct vmha_error *err)
{
    CLEANUP_NOVA_SERVICE struct nova_service s = { 0 };

    if (refuse_unknown(n, err) == -1 || copy_uuid(n, "id", &s.id, err) == -1 ||
        copy(n, "host", &s.host, err) == -1 ||
        read_choice(n, "status", "disabled", "enabled", &s.is_disabled, err) ==
            -1 ||
        read_choice(n, "state", "up", "down", &s.is_up, err) == -1 ||
        reply_bool(n, "forced_down", &s.is_forced_down, err) == -1 ||
        copy_opt(n, "disabled_reason", &s.disabled_reason, err) == -1 ||
        reply_time_opt(n, "updated_at", &s.updated_ms, err) == -1)
        return -1;
    *ret_service = s;
    s = (struct nova_service){ 0 };
    return 0;
}

int
nova_service_parse(const char *bytes, size_t len,
                   struct nova_service *ret_service, struct vmha_error *err)
{
    CLEANUP_REPLY struct json_object *doc = reply_parse(bytes, len, err);
    struct reply_node top, n;

    if (!doc)
        return -1;
    top = reply_top(doc);
    return reply_object(&top, "service", &n, err) == -1
               ? -1
               : read_service(&n, ret_service, err);
}

int
nova_services_parse(const char *bytes, size_t len, const char *host,
                    struct nova_service *ret_service, bool *ret_found,
                    struct vmha_error *err)
{
    CLEANUP_REPLY struct json_object *doc = reply_parse(bytes, len, err);
    CLEANUP_NOVA_SERVICE struct nova_service s = { 0 };
    struct reply_node top, list, n;
    const char *name;
    bool is_found = false;

    if (!doc)
        return -1;
    top = reply_top(doc);
    if (reply_list(&top, "services", &list, err) == -1)
        return -1;
    for (size_t i = 0; i < reply_length(&list); i++) {
        if (reply_item(&list, i, &n, err) == -1 ||
            reply_text(&n, "host", &name, err) == -1)
            return -1;
        if (strcmp(name, host) != 0)
            continue;
        if (is_found)
            return vmha_fail(err, VMHA_E_INPUT, 0, "services: two of host '%s'",
                             host);
        if (read_service(&n, &s, err) == -1)
            return -1;
        is_found = true;
    }
    *ret_found = is_found;
    *ret_service = s;
    s = (struct nova_service){ 0 };
    return 0;
}
