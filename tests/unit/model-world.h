/* The world around lib/policy: what a daemon, its journal and its cluster do.
 *
 * model-world.c carries steps out as the daemon does, with delays, lost answers
 * and late effects, and checks each step; model_test.c tells the stories.
 */
#ifndef VMHA_MODEL_WORLD_H
#define VMHA_MODEL_WORLD_H

#include "brake.h"
#include "levels.h"
#include "live.h"
#include "model-nova.h"
#include "opening.h"
#include "orphan.h"
#include "plan.h"

enum { REQUESTS = 256, WINDOW = 6, START_MS = 1000000 };

extern const struct recovery_rules model_rules;

/* Levels are ready, and are waited for, so long. */
enum { PAUSE_MS = 3000, LEVEL_MS = 400000 };

enum fate {
    GOOD,
    NOT_SENT, /* no effect, and the daemon knows */
    LOST,     /* an effect, now or later, and no answer */
    VOID,     /* neither effect nor answer */
    HALF,     /* died in the middle of the effect */
    DENIED,   /* 403 */
    HOLLOW,   /* 200, and Nova loses it */
};

/* A request of the daemon, from its leaving to its answer. */
struct request {
    enum step_kind kind;
    enum fate fate;
    unsigned life; /* of the daemon that sent it */
    int64_t incident_ns;
    struct model_vm *vm;
    int64_t asked_ms, land_ms, answer_ms; /* 0: over, or never */
    int64_t since_ms;
    bool asks_disable, was_stopped, parks;
    struct journal_host entry;
    /* what the cloud had to say */
    int status;
    const char *detail;
    struct service_fact service;
    struct server_fact *servers;
    struct record_fact *records;
    struct live_record *live;
    size_t n;
};

struct world {
    struct model_nova nova;
    struct death_facts cluster;
    char cib[JOURNAL_HOST_MAX]; /* "": no entry */
    struct incident *inc;       /* NULL: the daemon does not run */
    struct levels levels;
    bool is_ordered; /* the daemon starts VMs by level */
    unsigned life;
    int64_t now_ms, back_ms; /* back: the daemon starts again */
    int64_t blind_ms;        /* the cluster can be trusted again */
    int64_t return_ms;       /* the host comes back, 0: never */
    int64_t settle_ms;       /* ...and is back for good then */
    int64_t fence_ms;        /* it is fenced again */
    int64_t arm_ms;          /* vmha is armed again, 0: it is */
    int64_t brake_ms;        /* the brake comes off, 0: it is */
    bool is_calm, is_aloud, was_put, was_released, was_meddled;
    size_t n_requests;
    struct request requests[REQUESTS];
    unsigned n_posting, n_sent, n_idle;
    const char *broken;
};

/* What happens, when the story is told aloud. */
void say(const struct world *w, const char *what, const char *which);
/* RULE is broken unless COND. */
void must(struct world *w, bool cond, const char *rule);

/* A time up to MAX_MS from now. */
int64_t delay(struct world *w, unsigned max_ms);

/* What the CIB holds. */
struct journal_host durable_entry(struct world *w);

/* Where evacuations failed: may guests be left there?  Before each plan. */
void look_at_orphans(struct world *w);

/* Send what the step asks for; let it have its effect; tell the daemon. */
void do_step(struct world *w, const struct step *s);
void land(struct world *w, struct request *r);
void answer(struct world *w, struct request *r);

#endif
