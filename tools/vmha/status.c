/* The status document: JSON text -> struct. */
#include "status.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "cleanup.h"
#include "xalloc.h"

enum {
    FORMAT = 1,
    DEPTH_MAX = 8,
    HOSTS_MAX = 4096,
    PROBLEMS_MAX = 4096,
    FAULTS_MAX = 4096,
    WARNINGS_MAX = 1000
};

/* --- what a table of members is read by --------------------------------- */

enum kind { TEXT, TEXT_OR_NULL, COUNT, COUNT_OR_NULL, FLAG };

static const char *const wanted[] = {
    [TEXT] = "a string",
    [TEXT_OR_NULL] = "a string or null",
    [COUNT] = "a whole number, not negative",
    [COUNT_OR_NULL] = "a whole number, not negative, or null",
    [FLAG] = "true or false",
};

struct member {
    const char *name;
    enum kind kind;
    size_t offset; /* of a char *, int64_t or bool */
};

/* A text may hold a NUL; nothing behind it is shown. */
static bool
read_text(struct json_object *value, char **field)
{
    if (!json_object_is_type(value, json_type_string))
        return false;
    *field = xstrndup(json_object_get_string(value), STATUS_TEXT_MAX);
    return true;
}

static bool
read_count(struct json_object *value, int64_t *field)
{
    if (!json_object_is_type(value, json_type_int) ||
        json_object_get_int64(value) < 0)
        return false;
    *field = json_object_get_int64(value);
    return true;
}

static bool
read_member(const struct member *m, struct json_object *value, void *field)
{
    switch (m->kind) {
    case TEXT: return read_text(value, field);
    case TEXT_OR_NULL: return !value || read_text(value, field);
    case COUNT: return read_count(value, field);
    case COUNT_OR_NULL: return !value || read_count(value, field);
    case FLAG: break;
    }
    if (!json_object_is_type(value, json_type_boolean))
        return false;
    *(bool *) field = json_object_get_boolean(value);
    return true;
}

/* "hosts[3].vms" and "total" give "hosts[3].vms.total"; the whole document's
 * place is "".
 */
static char *
place_of(const char *place, const char *name)
{
    return xasprintf("%s%s%s", place, *place ? "." : "", name);
}

/* Read the N members of O, which is at PLACE, into TO. */
static int
read_members(struct json_object *o, const struct member *table, size_t n,
             void *to, const char *place, struct vmha_error *err)
{
    if (!json_object_is_type(o, json_type_object))
        return vmha_fail(err, VMHA_E_INPUT, 0, "%s: expected an object", place);
    for (size_t i = 0; i < n; i++) {
        const struct member *m = &table[i];
        struct json_object *value = NULL;

        (void) json_object_object_get_ex(o, m->name, &value);
        if (read_member(m, value, (char *) to + m->offset))
            continue;
        CLEANUP_FREE char *where = place_of(place, m->name);
        return vmha_fail(err, VMHA_E_INPUT, 0, "%s: expected %s", where,
                         wanted[m->kind]);
    }
    return 0;
}

/* The object NAME of O, likewise. */
static int
read_object(struct json_object *o, const char *name, const struct member *table,
            size_t n, void *to, const char *place, struct vmha_error *err)
{
    CLEANUP_FREE char *where = place_of(place, name);
    struct json_object *value = NULL;

    (void) json_object_object_get_ex(o, name, &value);
    return read_members(value, table, n, to, where, err);
}

/* The array NAME of O, of at most MAX elements; NULL: there is none. */
static struct json_object *
get_array(struct json_object *o, const char *name, size_t max,
          const char *place, struct vmha_error *err)
{
    CLEANUP_FREE char *where = place_of(place, name);
    struct json_object *list = NULL;

    (void) json_object_object_get_ex(o, name, &list);
    if (json_object_is_type(list, json_type_array) &&
        json_object_array_length(list) <= max)
        return list;
    vmha_fail(err, VMHA_E_INPUT, 0, "%s: expected an array of at most %zu",
              where, max);
    return NULL;
}

/* --- hosts and their VMs ------------------------------------------------- */

static const struct member time_members[] = {
    { "fenced_ms", COUNT_OR_NULL, offsetof(struct status_times, fenced_ms) },
    { "down_ms", COUNT_OR_NULL, offsetof(struct status_times, down_ms) },
    { "first_evacuate_ms", COUNT_OR_NULL,
      offsetof(struct status_times, first_evacuate_ms) },
    { "done_ms", COUNT_OR_NULL, offsetof(struct status_times, done_ms) },
};

static const struct member count_members[] = {
    { "total", COUNT, offsetof(struct status_counts, total) },
    { "recovered", COUNT, offsetof(struct status_counts, recovered) },
    { "in_flight", COUNT, offsetof(struct status_counts, in_flight) },
    { "waiting", COUNT, offsetof(struct status_counts, waiting) },
    { "failed", COUNT, offsetof(struct status_counts, failed) },
    { "held", COUNT, offsetof(struct status_counts, held) },
    { "skipped", COUNT, offsetof(struct status_counts, skipped) },
    { "gone", COUNT, offsetof(struct status_counts, gone) },
};

static const struct member vm_members[] = {
    { "id", TEXT, offsetof(struct status_vm, id) },
    { "name", TEXT_OR_NULL, offsetof(struct status_vm, name) },
    { "phase", TEXT, offsetof(struct status_vm, phase) },
    { "reason", TEXT_OR_NULL, offsetof(struct status_vm, reason) },
    { "attempts", COUNT, offsetof(struct status_vm, attempts) },
    { "next_try_ms", COUNT_OR_NULL, offsetof(struct status_vm, next_try_ms) },
};

static const struct member repair_members[] = {
    { "host", TEXT, offsetof(struct status_repair, host) },
    { "fault", TEXT, offsetof(struct status_repair, fault) },
};

static const struct member fault_members[] = {
    { "host", TEXT, offsetof(struct status_fault, host) },
    { "kind", TEXT, offsetof(struct status_fault, kind) },
    { "name", TEXT, offsetof(struct status_fault, name) },
    { "fault", TEXT, offsetof(struct status_fault, fault) },
    { "scheduling", TEXT, offsetof(struct status_fault, scheduling) },
};

static const struct member host_members[] = {
    { "host", TEXT, offsetof(struct status_host, host) },
    { "service_host", TEXT, offsetof(struct status_host, service_host) },
    { "phase", TEXT, offsetof(struct status_host, phase) },
    { "reason", TEXT_OR_NULL, offsetof(struct status_host, reason) },
};

static int
read_problems(struct json_object *o, struct status_host *h, const char *place,
              struct vmha_error *err)
{
    struct json_object *list =
        get_array(o, "problems", PROBLEMS_MAX, place, err);

    if (!list)
        return -1;
    h->problems =
        xcalloc(json_object_array_length(list) + 1, sizeof *h->problems);
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        CLEANUP_FREE char *where = xasprintf("%s.problems[%zu]", place, i);

        h->n_problems++;
        if (read_members(json_object_array_get_idx(list, i), vm_members,
                         N_ELEMENTS(vm_members), &h->problems[i], where,
                         err) == -1)
            return -1;
    }
    return 0;
}

static int
read_host(struct json_object *o, struct status_host *h, const char *place,
          struct vmha_error *err)
{
    if (read_members(o, host_members, N_ELEMENTS(host_members), h, place,
                     err) == -1)
        return -1;
    if (!json_object_object_get_ex(o, "times", NULL))
        return 0;
    if (read_object(o, "times", time_members, N_ELEMENTS(time_members),
                    &h->times, place, err) == -1 ||
        read_object(o, "vms", count_members, N_ELEMENTS(count_members), &h->vms,
                    place, err) == -1)
        return -1;
    return read_problems(o, h, place, err);
}

static int
read_hosts(struct json_object *o, struct status *s, struct vmha_error *err)
{
    struct json_object *list = get_array(o, "hosts", HOSTS_MAX, "", err);

    if (!list)
        return -1;
    s->hosts = xcalloc(json_object_array_length(list) + 1, sizeof *s->hosts);
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        CLEANUP_FREE char *place = xasprintf("hosts[%zu]", i);

        s->n_hosts++;
        if (read_host(json_object_array_get_idx(list, i), &s->hosts[i], place,
                      err) == -1)
            return -1;
    }
    return 0;
}

static int
read_repair(struct json_object *o, struct status_repair *r, const char *place,
            struct vmha_error *err)
{
    if (read_members(o, vm_members, N_ELEMENTS(vm_members), &r->vm, place,
                     err) == -1)
        return -1;
    return read_members(o, repair_members, N_ELEMENTS(repair_members), r, place,
                        err);
}

/* An older daemon has none. */
static int
read_repairs(struct json_object *o, struct status *s, struct vmha_error *err)
{
    struct json_object *list;

    if (!json_object_object_get_ex(o, "repairs", NULL))
        return 0;
    list = get_array(o, "repairs", PROBLEMS_MAX, "", err);
    if (!list)
        return -1;
    s->repairs =
        xcalloc(json_object_array_length(list) + 1, sizeof *s->repairs);
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        CLEANUP_FREE char *place = xasprintf("repairs[%zu]", i);

        if (read_repair(json_object_array_get_idx(list, i),
                        &s->repairs[s->n_repairs++], place, err) == -1)
            return -1;
    }
    return 0;
}

/* An older daemon has none. */
static int
read_faults(struct json_object *o, struct status *s, struct vmha_error *err)
{
    struct json_object *list;

    if (!json_object_object_get_ex(o, "faults", NULL))
        return 0;
    list = get_array(o, "faults", FAULTS_MAX, "", err);
    if (!list)
        return -1;
    s->faults = xcalloc(json_object_array_length(list) + 1, sizeof *s->faults);
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        CLEANUP_FREE char *place = xasprintf("faults[%zu]", i);

        if (read_members(json_object_array_get_idx(list, i), fault_members,
                         N_ELEMENTS(fault_members), &s->faults[s->n_faults++],
                         place, err) == -1)
            return -1;
    }
    return 0;
}

/* An older daemon has none. */
static int
read_warnings(struct json_object *o, struct status *s, struct vmha_error *err)
{
    struct json_object *list;

    if (!json_object_object_get_ex(o, "warnings", NULL))
        return 0;
    list = get_array(o, "warnings", WARNINGS_MAX, "", err);
    if (!list)
        return -1;
    s->warnings =
        xcalloc(json_object_array_length(list) + 1, sizeof *s->warnings);
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (!read_text(json_object_array_get_idx(list, i),
                       &s->warnings[s->n_warnings++]))
            return vmha_fail(err, VMHA_E_INPUT, 0, "warnings[%zu]: expected %s",
                             i, wanted[TEXT]);
    return 0;
}

/* --- the document -------------------------------------------------------- */

static const struct member members[] = {
    { "instance", TEXT, offsetof(struct status, instance) },
    { "node", TEXT, offsetof(struct status, node) },
    { "segment", TEXT_OR_NULL, offsetof(struct status, segment) },
    { "state", TEXT, offsetof(struct status, state) },
    { "reason", TEXT_OR_NULL, offsetof(struct status, reason) },
    { "quorate", FLAG, offsetof(struct status, is_quorate) },
    { "watched_hosts", COUNT, offsetof(struct status, watched_hosts) },
};

static int
read_document(struct json_object *o, struct status *s, struct vmha_error *err)
{
    struct json_object *error, *version = NULL;

    if (!json_object_is_type(o, json_type_object))
        return vmha_fail(err, VMHA_E_INPUT, 0, "not a JSON object");
    if (json_object_object_get_ex(o, "error", &error) &&
        json_object_is_type(error, json_type_string))
        return vmha_fail(err, VMHA_E_REFUSED, 0, "%s",
                         json_object_get_string(error));
    (void) json_object_object_get_ex(o, "version", &version);
    if (json_object_get_int64(version) != FORMAT)
        return vmha_fail(err, VMHA_E_INPUT, 0, "version: expected %d", FORMAT);
    if (read_members(o, members, N_ELEMENTS(members), s, "", err) == -1)
        return -1;
    if (read_hosts(o, s, err) == -1 || read_repairs(o, s, err) == -1 ||
        read_faults(o, s, err) == -1)
        return -1;
    return read_warnings(o, s, err);
}

int
status_parse(const char *text, size_t len, struct status *ret_status,
             struct vmha_error *err)
{
    struct json_tokener *tok = json_tokener_new_ex(DEPTH_MAX);
    struct json_object *o = NULL;
    struct status s = { 0 };
    int rc = -1;

    if (len > STATUS_BYTES_MAX)
        vmha_fail(err, VMHA_E_INPUT, 0, "%zu bytes are too many", len);
    else if (!(o = json_tokener_parse_ex(tok, text, (int) len)))
        vmha_fail(err, VMHA_E_INPUT, 0, "no JSON: %s",
                  json_tokener_error_desc(json_tokener_get_error(tok)));
    else
        rc = read_document(o, &s, err);
    json_object_put(o);
    json_tokener_free(tok);
    if (rc == -1)
        status_clear(&s);
    else
        *ret_status = s;
    return rc;
}

static void
clear_vm(struct status_vm *v)
{
    free(v->id);
    free(v->name);
    free(v->phase);
    free(v->reason);
}

static void
clear_host(struct status_host *h)
{
    for (size_t i = 0; i < h->n_problems; i++)
        clear_vm(&h->problems[i]);
    free(h->problems);
    free(h->host);
    free(h->service_host);
    free(h->phase);
    free(h->reason);
}

void
status_clear(struct status *s)
{
    for (size_t i = 0; i < s->n_hosts; i++)
        clear_host(&s->hosts[i]);
    free(s->hosts);
    for (size_t i = 0; i < s->n_repairs; i++) {
        clear_vm(&s->repairs[i].vm);
        free(s->repairs[i].host);
        free(s->repairs[i].fault);
    }
    free(s->repairs);
    for (size_t i = 0; i < s->n_faults; i++) {
        free(s->faults[i].host);
        free(s->faults[i].kind);
        free(s->faults[i].name);
        free(s->faults[i].fault);
        free(s->faults[i].scheduling);
    }
    free(s->faults);
    for (size_t i = 0; i < s->n_warnings; i++)
        free(s->warnings[i]);
    free(s->warnings);
    free(s->instance);
    free(s->node);
    free(s->segment);
    free(s->state);
    free(s->reason);
    *s = (struct status){ 0 };
}
