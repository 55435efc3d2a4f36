/* What a decision looked at <-> JSON. */
#include "facts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "cleanup.h"
#include "line.h"
#include "put.h"
#include "scan.h"
#include "xalloc.h"

/* A century: further apart no two failures are compared. */
#define APART_MAX_NS INT64_C(3155760000000000000)

enum kind { FLAG, NUMBER, SMALL, COUNT, TEXT };

struct fact {
    const char *name;
    enum kind kind; /* bool, int64_t, int, uint64_t, const char * */
    size_t offset;
};

#define DEATH(kind, field)                                                     \
    {                                                                          \
#field, kind, offsetof(struct death_facts, field)                      \
    }
static const struct fact death_facts[] = {
    DEATH(FLAG, is_current),      DEATH(FLAG, is_quorate),
    DEATH(FLAG, is_sole_owner),   DEATH(FLAG, is_unknown),
    DEATH(FLAG, is_remote),       DEATH(FLAG, is_online),
    DEATH(FLAG, is_unmanaged),    DEATH(NUMBER, fenced_s),
    DEATH(FLAG, has_fencing),     DEATH(FLAG, fencing_succeeded),
    DEATH(FLAG, fencing_by_hand), DEATH(NUMBER, fencing_ns),
    DEATH(NUMBER, entry_ns),      DEATH(FLAG, has_returned),
    DEATH(FLAG, shares_name),     DEATH(FLAG, is_resting),
    DEATH(NUMBER, seen_ns),       DEATH(FLAG, trusts_manual_ack),
    DEATH(FLAG, is_disarmed),     DEATH(FLAG, is_settled),
    DEATH(FLAG, is_newly_ours),   DEATH(NUMBER, noted_ns),
    DEATH(FLAG, is_note_old),
};

#define SERVER(kind, field)                                                    \
    {                                                                          \
#field, kind, offsetof(struct server_fact, field)                      \
    }
static const struct fact server_facts[] = {
    SERVER(TEXT, host),         SERVER(TEXT, vm_state),
    SERVER(TEXT, task_state),   SERVER(TEXT, fault),
    SERVER(SMALL, power_state), SERVER(COUNT, ram_mb),
    SERVER(FLAG, was_launched), SERVER(TEXT, project),
    SERVER(TEXT, zone),         SERVER(TEXT, image),
    SERVER(TEXT, flavor),
};

static const struct fact live_facts[] = {
    { "live_is_known", FLAG, offsetof(struct live_fact, is_known) },
    { "live_status", TEXT, offsetof(struct live_fact, status) },
    { "live_dest", TEXT, offsetof(struct live_fact, dest) },
    { "live_is_dest_dead", FLAG, offsetof(struct live_fact, is_dest_dead) },
    { "live_word", SMALL, offsetof(struct live_fact, word) },
};

#define CALL(kind, field)                                                      \
    {                                                                          \
#field, kind, offsetof(struct call_facts, field)                       \
    }
static const struct fact call_facts[] = {
    CALL(FLAG, is_saved),      CALL(FLAG, has_returned),
    CALL(FLAG, is_released),   CALL(FLAG, is_held),
    CALL(FLAG, is_down),       CALL(FLAG, is_listed),
    CALL(FLAG, is_cloud_well), CALL(NUMBER, records_age_ms),
    CALL(FLAG, is_waiting),    CALL(NUMBER, delay_ms),
    CALL(FLAG, is_known),      CALL(FLAG, is_tied),
    CALL(FLAG, may_run),       CALL(FLAG, is_alone),
    CALL(FLAG, is_its_turn),   CALL(FLAG, is_covered),
    CALL(FLAG, is_noted),      CALL(FLAG, is_announced),
    CALL(SMALL, prep),         CALL(NUMBER, look_age_ms),
};

#define RESTART(kind, field)                                                   \
    {                                                                          \
#field, kind, offsetof(struct restart_facts, field)                    \
    }
static const struct fact restart_facts[] = {
    RESTART(FLAG, is_in_incident), RESTART(FLAG, is_rate_full),
    RESTART(FLAG, is_waiting),     RESTART(SMALL, need),
    RESTART(FLAG, is_counted),     RESTART(SMALL, n_calls),
    RESTART(SMALL, limit),         RESTART(NUMBER, delay_ms),
    RESTART(FLAG, has_turn),       RESTART(NUMBER, look_age_ms),
};

#define RESERVE(field)                                                         \
    {                                                                          \
#field, FLAG, offsetof(struct reserve_case, field)                     \
    }
static const struct fact reserve_facts[] = {
    RESERVE(is_needed),   RESERVE(is_wanted),    RESERVE(has_incident),
    RESERVE(is_reserved), RESERVE(is_usable),    RESERVE(is_fresh),
    RESERVE(has_service), RESERVE(is_disabled),  RESERVE(is_sound),
    RESERVE(has_entry),   RESERVE(is_used),      RESERVE(is_unsure),
    RESERVE(wants_entry), RESERVE(is_withdrawn), RESERVE(was_listed),
    RESERVE(has_vms),
};

static const struct fact brake_limit_facts[] = {
    { "segment_limit", SMALL, offsetof(struct brake_rules, segment.value) },
    { "segment_percent", FLAG,
      offsetof(struct brake_rules, segment.is_percent) },
    { "total_limit", SMALL, offsetof(struct brake_rules, total.value) },
    { "total_percent", FLAG, offsetof(struct brake_rules, total.is_percent) },
    { "window_ms", NUMBER, offsetof(struct brake_rules, window_ms) },
};

static const struct fact brake_host_facts[] = {
    { "segment_hosts", SMALL, offsetof(struct brake_facts, segment_hosts) },
    { "total_hosts", SMALL, offsetof(struct brake_facts, total_hosts) },
    { "segment_failed", COUNT, offsetof(struct brake_facts, n_segment) },
};

/* --- names --------------------------------------------------------------- */

const char *
certainty_name(enum certainty c)
{
    switch (c) {
    case CERTAIN: return "certain";
    case NOT_CURRENT: return "not current";
    case NOT_QUORATE: return "not quorate";
    case NOT_SOLE_OWNER: return "not sole owner";
    case NEWLY_OURS: return "newly ours";
    case NODE_UNMANAGED: return "unmanaged";
    case NODE_ALIVE: return "alive";
    case NODE_UNKNOWN: return "unknown";
    case NEVER_FENCED: return "never fenced";
    case FENCING_UNSEEN: return "fencing unseen";
    case FENCING_FAILED: return "fencing failed";
    case FENCING_BY_HAND: return "fencing by hand";
    case FENCING_IS_OLD: return "fencing is old";
    case CIB_DISAGREES: return "CIB disagrees";
    case NAME_SHARED: return "name shared";
    case NODE_RESTING: return "maintenance";
    case DISARMED: return "disarmed";
    case N_CERTAINTIES: break;
    }
    return "?";
}

const char *
opening_name(enum opening o)
{
    switch (o) {
    case OPEN_NOTHING: return "nothing";
    case OPEN_RESUME: return "resume";
    case OPEN_NEW: return "new";
    case OPEN_FORGET: return "forget";
    case OPEN_HELD: return "held";
    }
    return "?";
}

const char *
answer_name(enum answer a)
{
    switch (a) {
    case ANSWER_QUEUED: return "queued";
    case ANSWER_NOT_SENT: return "not sent";
    case ANSWER_UNKNOWN: return "unknown";
    case ANSWER_GONE: return "gone";
    case ANSWER_IN_USE: return "in use";
    case ANSWER_STATE: return "state";
    case ANSWER_DENIED: return "denied";
    case ANSWER_BLOCKED: return "blocked";
    }
    return "?";
}

/* --- tables -------------------------------------------------------------- */

static void
put_fact(struct json_object *o, const struct fact *f, const void *from)
{
    const void *field = (const char *) from + f->offset;
    const char *text;
    int64_t number = 0;

    switch (f->kind) {
    case FLAG: number = *(const bool *) field; break;
    case NUMBER: number = *(const int64_t *) field; break;
    case SMALL: number = *(const int *) field; break;
    case COUNT: number = (int64_t) * (const uint64_t *) field; break;
    case TEXT:
        text = *(const char *const *) field;
        if (text)
            put_cut(o, f->name, text);
        return;
    }
    if (number && f->kind == FLAG)
        put_bool(o, f->name, true);
    else if (number)
        put_int(o, f->name, number);
}

static struct json_object *
write_facts(const struct fact *table, size_t n, const void *from)
{
    struct json_object *o = json_object_new_object();

    for (size_t i = 0; i < n; i++)
        put_fact(o, &table[i], from);
    return o;
}

static bool
read_fact(struct json_object *value, const struct fact *f, void *to)
{
    static const enum json_type types[] = {
        [FLAG] = json_type_boolean, [NUMBER] = json_type_int,
        [SMALL] = json_type_int,    [COUNT] = json_type_int,
        [TEXT] = json_type_string,
    };
    void *field = (char *) to + f->offset;

    if (!json_object_is_type(value, types[f->kind]))
        return false;
    switch (f->kind) {
    case FLAG: *(bool *) field = json_object_get_boolean(value); break;
    case NUMBER: *(int64_t *) field = json_object_get_int64(value); break;
    case SMALL: *(int *) field = json_object_get_int(value); break;
    case COUNT: *(uint64_t *) field = json_object_get_uint64(value); break;
    case TEXT: *(const char **) field = json_object_get_string(value); break;
    }
    return true;
}

static int
read_facts(struct json_object *o, const struct fact *table, size_t n, void *to,
           struct vmha_error *err)
{
    struct json_object *value;

    if (!json_object_is_type(o, json_type_object))
        return vmha_fail(err, VMHA_E_INPUT, 0, "facts: expected an object");
    for (size_t i = 0; i < n; i++)
        if (json_object_object_get_ex(o, table[i].name, &value) &&
            !read_fact(value, &table[i], to))
            return vmha_fail(err, VMHA_E_INPUT, 0, "facts.%s: of a wrong type",
                             table[i].name);
    return 0;
}

/* --- a host -------------------------------------------------------------- */

struct json_object *
facts_of_host(const struct opening_facts *f)
{
    struct json_object *o =
        write_facts(death_facts, N_ELEMENTS(death_facts), f->death);

    if (f->has_entry)
        put_text(o, "entry_phase", host_phase_name(f->entry_phase));
    if (f->is_entry_broken)
        put_bool(o, "is_entry_broken", true);
    return o;
}

/* The value of a name; -1: O's member NAME is none of the N names. */
static int
read_name(struct json_object *o, const char *name,
          const char *(*name_of)(unsigned value), unsigned n,
          unsigned *ret_value, struct vmha_error *err)
{
    struct json_object *member = NULL;
    const char *text;

    (void) json_object_object_get_ex(o, name, &member);
    text = json_object_is_type(member, json_type_string)
               ? json_object_get_string(member)
               : "";
    for (unsigned i = 0; i < n; i++)
        if (strcmp(text, name_of(i)) == 0) {
            *ret_value = i;
            return 0;
        }
    return vmha_fail(err, VMHA_E_INPUT, 0, "facts.%s: no such value", name);
}

static const char *
phase_name_of(unsigned p)
{
    return host_phase_name((enum host_phase) p);
}

static const char *
certainty_name_of(unsigned c)
{
    return certainty_name((enum certainty) c);
}

int
facts_read_host(struct json_object *o, struct death_facts *death,
                struct opening_facts *ret_facts, struct vmha_error *err)
{
    struct opening_facts f = { .death = death };
    unsigned phase = 0;

    *death = (struct death_facts){ 0 };
    if (read_facts(o, death_facts, N_ELEMENTS(death_facts), death, err) == -1)
        return -1;
    f.is_entry_broken = json_object_object_get_ex(o, "is_entry_broken", NULL);
    f.has_entry = json_object_object_get_ex(o, "entry_phase", NULL);
    if (f.has_entry) {
        if (read_name(o, "entry_phase", phase_name_of, N_PHASES, &phase, err) ==
            -1)
            return -1;
        f.entry_phase = (enum host_phase) phase;
    }
    *ret_facts = f;
    return 0;
}

/* --- a call for a VM --- */

struct json_object *
facts_of_call(const struct call_facts *f)
{
    struct json_object *o = write_facts(call_facts, N_ELEMENTS(call_facts), f);

    put_text(o, "certainty", certainty_name(f->certainty));
    put_text(o, "phase", host_phase_name(f->phase));
    return o;
}

int
facts_read_call(struct json_object *o, struct call_facts *ret_facts,
                struct vmha_error *err)
{
    struct call_facts f = { 0 };
    unsigned certainty = 0, phase = 0;

    if (read_facts(o, call_facts, N_ELEMENTS(call_facts), &f, err) == -1 ||
        read_name(o, "certainty", certainty_name_of, N_CERTAINTIES, &certainty,
                  err) == -1 ||
        read_name(o, "phase", phase_name_of, N_PHASES, &phase, err) == -1)
        return -1;
    f.certainty = (enum certainty) certainty;
    f.phase = (enum host_phase) phase;
    *ret_facts = f;
    return 0;
}

struct json_object *
facts_of_restart(const struct restart_facts *f)
{
    struct json_object *o =
        write_facts(restart_facts, N_ELEMENTS(restart_facts), f);

    put_text(o, "certainty", certainty_name(f->certainty));
    return o;
}

int
facts_read_restart(struct json_object *o, struct restart_facts *ret_facts,
                   struct vmha_error *err)
{
    struct restart_facts f = { 0 };
    unsigned certainty = 0;

    if (read_facts(o, restart_facts, N_ELEMENTS(restart_facts), &f, err) ==
            -1 ||
        read_name(o, "certainty", certainty_name_of, N_CERTAINTIES, &certainty,
                  err) == -1)
        return -1;
    f.certainty = (enum certainty) certainty;
    *ret_facts = f;
    return 0;
}

/* --- the brake, and reserved hosts --- */

/* The times of failures that are near, by commas. */
static void
add_apart(const struct brake_facts *f, const struct brake_rules *rules,
          int64_t at_ns, struct brake_facts *near, struct buf *ret_text)
{
    near->n_segment = near->n_total = 0;
    for (size_t i = 0; i < f->n_total && near->n_total <= FACTS_TIMES_MAX;
         i++) {
        int64_t ns = f->times_ns[i] - at_ns;

        if ((ns < 0 ? -ns : ns) / 1000000 > rules->window_ms)
            continue;
        if (near->n_total++ == FACTS_TIMES_MAX)
            continue; /* they are too many to tell */
        near->n_segment += i < f->n_segment;
        (void) buf_printf(ret_text, "%s%" PRId64, ret_text->len ? "," : "", ns);
    }
}

struct json_object *
facts_of_brake(const struct brake_facts *f, const struct brake_rules *rules,
               int64_t at_ns)
{
    CLEANUP_BUF struct buf apart = BUF_INIT(LINE_BYTES_MAX);
    struct json_object *o =
        write_facts(brake_limit_facts, N_ELEMENTS(brake_limit_facts), rules);
    struct brake_facts near = *f;

    add_apart(f, rules, at_ns, &near, &apart);
    for (size_t i = 0; i < N_ELEMENTS(brake_host_facts); i++)
        put_fact(o, &brake_host_facts[i], &near);
    put_text(o, "apart_ns", buf_str(&apart));
    if (near.n_total > FACTS_TIMES_MAX)
        put_bool(o, "is_cut", true);
    return o;
}

static int
read_apart(const char *text, struct brake_case *c)
{
    CLEANUP_FREE char *copy = xstrdup(text ? text : "");
    char *rest = *copy ? copy : NULL, *one;

    while ((one = strsep(&rest, ","))) {
        bool is_before = *one == '-';
        uint64_t ns;

        if (scan_u64(one + is_before, &ns) == -1 || ns > APART_MAX_NS ||
            c->facts.n_total == FACTS_TIMES_MAX)
            return -1;
        c->times_ns[c->facts.n_total++] =
            is_before ? -(int64_t) ns : (int64_t) ns;
    }
    return 0;
}

int
facts_read_brake(struct json_object *o, struct brake_case *ret,
                 struct vmha_error *err)
{
    struct brake_case c = { 0 };
    struct json_object *apart = NULL;

    if (read_facts(o, brake_limit_facts, N_ELEMENTS(brake_limit_facts),
                   &c.rules, err) == -1 ||
        read_facts(o, brake_host_facts, N_ELEMENTS(brake_host_facts), &c.facts,
                   err) == -1)
        return -1;
    (void) json_object_object_get_ex(o, "apart_ns", &apart);
    if (read_apart(json_object_get_string(apart), &c) == -1)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "facts.apart_ns: expected at most %d numbers",
                         FACTS_TIMES_MAX);
    if (c.facts.n_segment > c.facts.n_total)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "facts.segment_failed: more than apart_ns has");
    c.is_cut = json_object_object_get_ex(o, "is_cut", NULL);
    *ret = c;
    ret->facts.times_ns = ret->times_ns;
    return 0;
}

struct json_object *
facts_of_reserve(const struct reserve_case *f)
{
    return write_facts(reserve_facts, N_ELEMENTS(reserve_facts), f);
}

int
facts_read_reserve(struct json_object *o, struct reserve_case *ret,
                   struct vmha_error *err)
{
    struct reserve_case c = { 0 };

    if (read_facts(o, reserve_facts, N_ELEMENTS(reserve_facts), &c, err) == -1)
        return -1;
    *ret = c;
    return 0;
}

const char *
reserve_step_name(const struct reserve_step *s)
{
    switch (s->kind) {
    case RESERVE_SAVE: return s->entry.is_used ? "use" : "take";
    case RESERVE_ENABLE: return "enable";
    case RESERVE_DISABLE: return "disable";
    case RESERVE_JOIN: return "join";
    case RESERVE_LEAVE: return "leave";
    case RESERVE_FORGET: return "put back";
    default: return NULL;
    }
}

/* --- a server ------------------------------------------------------------ */

struct json_object *
facts_of_server(const struct server_fact *s)
{
    return write_facts(server_facts, N_ELEMENTS(server_facts), s);
}

int
facts_read_server(struct json_object *o, struct server_fact *ret_server,
                  struct vmha_error *err)
{
    struct server_fact s = { .id = "", .name = "", .vm_state = "" };

    if (read_facts(o, server_facts, N_ELEMENTS(server_facts), &s, err) == -1)
        return -1;
    *ret_server = s;
    return 0;
}

void
facts_add_live(struct json_object *o, const struct live_fact *f)
{
    for (size_t i = 0; i < N_ELEMENTS(live_facts); i++)
        put_fact(o, &live_facts[i], f);
}

int
facts_read_live(struct json_object *o, struct live_fact *ret_live,
                struct vmha_error *err)
{
    struct live_fact f = { 0 };

    if (read_facts(o, live_facts, N_ELEMENTS(live_facts), &f, err) == -1)
        return -1;
    *ret_live = f;
    return 0;
}
