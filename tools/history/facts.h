/* What a decision looked at <-> JSON: complete, so that the same pure function
 * of lib/policy gives the same decision again (tests/tools/replay.c).
 *
 * A fact that is false, 0 or NULL is left out.  A member that is added to one
 * of these structs gets its row in facts.c.
 */
#ifndef VMHA_FACTS_H
#define VMHA_FACTS_H

#include <json-c/json.h>

#include "brake.h"
#include "error.h"
#include "opening.h"
#include "plan.h"
#include "restart.h"

/* Names for programs; they do not change. */
const char *certainty_name(enum certainty c);
const char *opening_name(enum opening o);
const char *answer_name(enum answer a);

/* certainty_of() and opening_of() */
struct json_object *facts_of_host(const struct opening_facts *f);
/* DEATH is what RET_FACTS->death points to then. */
int facts_read_host(struct json_object *o, struct death_facts *death,
                    struct opening_facts *ret_facts, struct vmha_error *err);

/* call_of() */
struct json_object *facts_of_call(const struct call_facts *f);
int facts_read_call(struct json_object *o, struct call_facts *ret_facts,
                    struct vmha_error *err);

/* restart_call() */
struct json_object *facts_of_restart(const struct restart_facts *f);
int facts_read_restart(struct json_object *o, struct restart_facts *ret_facts,
                       struct vmha_error *err);

/* vm_new() and vm_classify(); id and name stand in the line itself. */
struct json_object *facts_of_server(const struct server_fact *s);
/* Texts are borrowed from O. */
int facts_read_server(struct json_object *o, struct server_fact *ret_server,
                      struct vmha_error *err);

/* brake_of(): failures that are within the window of that at AT_NS, which are
 * times relative to it.
 */
enum { FACTS_TIMES_MAX = 200 };
struct brake_case {
    struct brake_facts facts; /* its times are those here */
    struct brake_rules rules;
    int64_t times_ns[FACTS_TIMES_MAX];
    bool is_cut; /* there were more */
};
struct json_object *facts_of_brake(const struct brake_facts *f,
                                   const struct brake_rules *rules,
                                   int64_t at_ns);
int facts_read_brake(struct json_object *o, struct brake_case *ret,
                     struct vmha_error *err);

/* reserve_plan(), for one reserved host. */
struct reserve_case {
    bool is_needed, is_wanted, has_incident;
    bool is_reserved, is_usable, is_fresh, has_service, is_disabled, is_sound;
    bool has_entry, is_used, is_unsure, wants_entry, is_withdrawn;
    bool was_listed, has_vms;
};
struct json_object *facts_of_reserve(const struct reserve_case *f);
int facts_read_reserve(struct json_object *o, struct reserve_case *ret,
                       struct vmha_error *err);
/* Names of the steps that change something; NULL: of another. */
const char *reserve_step_name(const struct reserve_step *s);

/* Those of its live migration, beside the others: live_may_have_left(). */
void facts_add_live(struct json_object *o, const struct live_fact *f);
/* Texts are borrowed from O. */
int facts_read_live(struct json_object *o, struct live_fact *ret_live,
                    struct vmha_error *err);

#endif
