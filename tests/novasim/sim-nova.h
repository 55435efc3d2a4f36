/* What Nova's handlers share: errors, validation, policy, links. */
#ifndef VMHA_SIM_NOVA_H
#define VMHA_SIM_NOVA_H

#include "sim-http.h"
#include "sim-state.h"

/* Answer with STATUS and Nova's error body.  Returns -1. */
int nova_fail(struct sim_req *r, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* May the caller do RULE ("os_compute_api:os-evacuate")?  -1: 403 is sent. */
int nova_policy(struct sim_req *r, const char *rule);
/* Refuse RULE to all from now on, or to admins no more; NULL clears. */
void nova_policy_deny(const char *rule);

/* A field of a request body (nova/api/validation/parameter_types.py). */
struct nova_field {
    const char *name;
    enum { FIELD_TEXT, FIELD_NAME, FIELD_BOOL, FIELD_CHOICE } type;
    const char *choices; /* FIELD_CHOICE: Python list, as in the message */
    bool is_required;
    int min_minor, max_minor; /* known within these versions; 0: any */
};

/* Check O against FIELDS as Nova's JSON schema does; PARENT is the key that
 * holds O, NULL at the top.  -1: 400 is sent.
 */
int nova_validate(struct sim_req *r, struct json_object *o, const char *parent,
                  const struct nova_field *fields, size_t n);
/* strutils.bool_from_string of a validated value. */
bool nova_bool(struct json_object *v);

/* The server named in args[0], or NULL with 404 sent. */
struct sim_vm *nova_server(struct sim_req *r);

/* "self"/"bookmark" pair, and the next page's link (KEY: the list's name). */
void nova_links(struct sim_req *r, GString *o, const char *collection,
                const char *id);
void nova_next_link(struct sim_req *r, const char *key, const char *collection,
                    const char *marker);
/* limit and marker of a list; -1: 400 is sent. */
int nova_page(struct sim_req *r, int64_t *ret_limit, const char **ret_marker);
/* An ISO time in the query: 0 absent, 1 set, -1: 400 is sent. */
int nova_time(struct sim_req *r, const char *name, int64_t *ret_ms);
/* From microversion MINOR on only these NULL-ended names may be queried. */
int nova_params(struct sim_req *r, int minor, const char *const *names);

/* http://host/prefix of this request, without /v2.1. */
char *nova_base(const struct sim_req *r);

#endif
