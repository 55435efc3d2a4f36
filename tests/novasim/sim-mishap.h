/* Scripted misbehaviour of the API: which answer goes wrong, and how. */
#ifndef VMHA_SIM_MISHAP_H
#define VMHA_SIM_MISHAP_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>
#include <json-c/json.h>

enum sim_mishap_kind {
    MISHAP_NONE,
    MISHAP_STATUS,    /* answer status and body */
    MISHAP_HANG,      /* no answer for ms, or ever */
    MISHAP_RESET,     /* RST instead of an answer */
    MISHAP_CLOSE,     /* FIN instead of an answer */
    MISHAP_CUT,       /* headers, half of the body, then FIN */
    MISHAP_GARBAGE,   /* bytes that are no JSON */
    MISHAP_TRUNCATED, /* half of the body as if it were all */
    MISHAP_WRONGTYPE, /* values of another type, from depth on */
    MISHAP_HUGE,      /* a body of bytes */
    MISHAP_NUL,       /* NUL bytes in the body */
    MISHAP_NEST,      /* depth open brackets */
    MISHAP_EMPTY,     /* no body */
    MISHAP_SWAP,      /* the next request gets this answer, and we get its */
    MISHAP_AGAIN,     /* the next request gets this answer, too */
    MISHAP_KINDS
};

/* When the request takes effect. */
enum sim_effect { EFFECT_NOW, EFFECT_NONE, EFFECT_LATE };

struct sim_mishap {
    enum sim_mishap_kind kind;
    enum sim_effect effect;
    int status;
    char *body;            /* MISHAP_STATUS; NULL: an error body as Nova's */
    int64_t retry_after_s; /* -1: no such header */
    int64_t ms;            /* MISHAP_HANG, _SWAP: at most; -1: for ever */
    int64_t late_ms;       /* EFFECT_LATE: after the request came */
    int64_t bytes, depth;
};

/* Add the rule of a /_sim/faults body.  Its id, or 0 with a reason. */
unsigned sim_mishap_add(struct json_object *rule, const char **ret_reason);
void sim_mishap_remove(unsigned id); /* 0: all */
void sim_mishap_list(GString *out);
/* The mishap of this request: counts it in every rule that matches, takes the
 * first that is due.  Kind MISHAP_NONE: none.  The body belongs to the rule.
 */
struct sim_mishap sim_mishap_take(const char *method, const char *target);

/* JSON text with every value at DEPTH or deeper of a wrong type. */
char *sim_wrong_types(const char *json, int64_t depth);

#endif
