/* One VM that its living host reports as failed: is it to be restarted, when,
 * and did that help?  Facts in, steps out.
 *
 * Nothing is remembered between two daemons.  The report is a level, so a fault
 * that still is one is seen again; and one call to Nova restarts the VM (a hard
 * reboot, or a start where Nova has it stopped), so there is no half-way state.
 * How often that was tried of late Nova's own list of actions tells.
 *
 * The report comes from a host that may lie.  It can cause no more than its own
 * VMs' restarts, up to their limit.
 */
#ifndef VMHA_REPAIR_H
#define VMHA_REPAIR_H

#include "answer.h"
#include "report.h"
#include "restart.h"
#include "select.h"
#include "state.h"
#include "vm.h"

enum { RESTARTS_MAX = 16 };

struct repair_rules {
    unsigned limit; /* restarts of one VM within the window, <= RESTARTS_MAX */
    int64_t window_ms;
    int64_t pause_ms; /* before the second one; doubles with each */
    int64_t poll_ms;
    const struct select_rules *select; /* which VMs; NULL: all */
};

enum repair_phase {
    REPAIR_NEW,       /* Nova was not asked yet */
    REPAIR_WAITING,   /* to be restarted, when its time and turn have come */
    REPAIR_CALLING,   /* Nova is being asked to */
    REPAIR_VERIFYING, /* it must run, and its fault must go */
    REPAIR_LEFT,      /* not to be restarted, for a reason */
    REPAIR_SPENT,     /* restarted too often */
    N_REPAIR_PHASES
};

/* Monotonic ms, 0: never. */
struct repair {
    char *node, *host; /* that reports it; Nova's name of that */
    char id[UUID_MAX];
    char *name; /* NULL: not known yet */
    enum fault_why why;
    int64_t since_s;  /* by the host's clock: another value, another fault */
    bool is_reported; /* by the newest report */
    enum repair_phase phase;
    enum repair_step need; /* what would restart it; NOTHING: Nova is busy */
    int priority;
    char *reason;                /* why it is where it is, or NULL */
    bool is_busy;                /* a request is under way */
    bool is_counted;             /* its earlier restarts are in calls_ms */
    struct restart_facts around; /* what stands in the way: set from outside */
    bool is_in_storm;            /* see storm.h */
    bool is_up;                  /* verifying: Nova says that it runs */
    bool was_mended;             /* it is over, and ran then */
    bool has_failed;             /* the newest restart did not help */
    int64_t read_ms;             /* the newest reading of it was asked for */
    int64_t call_ms;             /* the newest restart */
    int64_t up_ms;
    int64_t not_before_ms;
    int64_t retry_ms;               /* no request before */
    unsigned n_troubles;            /* failed requests in a row */
    int64_t calls_ms[RESTARTS_MAX]; /* restarts, ascending */
    unsigned n_calls;
    uint32_t told; /* what the decision log has of it */
};

/* What a host told of VM F->name. */
struct repair *repair_new(const char *node, const char *host,
                          const struct fault *f);
void repair_free(struct repair *r);

/* What is next.  Where it is NOTHING: ask again at *RET_WAKE_MS (0: no need).
 */
enum repair_step repair_next(const struct repair *r,
                             const struct repair_rules *rules, int64_t now_ms,
                             int64_t *ret_wake_ms);

/* What a call for it would rest on. */
struct restart_facts repair_facts(const struct repair *r,
                                  const struct repair_rules *rules,
                                  int64_t now_ms);

/* Forget it: it runs, or nobody says any more that it does not. */
bool repair_is_over(const struct repair *r);
/* It would be restarted now, if it were its turn. */
bool repair_wants_turn(const struct repair *r, int64_t now_ms);
/* A restart of it is under way. */
bool repair_is_running(const struct repair *r);

const char *repair_phase_name(enum repair_phase p);
/* Why it is where it is, or NULL. */
const char *repair_reason(const struct repair *r);

/* --- answers are new facts --- */
/* A new report of its host has F for it, or (NULL) nothing. */
void repair_on_report(struct repair *r, const struct fault *f,
                      const struct repair_rules *rules, int64_t now_ms);
/* The server was read; S NULL: it does not exist. */
void repair_on_server(struct repair *r, const struct server_fact *s,
                      int64_t asked_ms, int64_t now_ms,
                      const struct repair_rules *rules);
/* What was asked of it, newest first.  WALL_MS is NOW_MS by the cloud's clock,
 * or nearly so.
 */
void repair_on_actions(struct repair *r, const struct action_fact *a, size_t n,
                       int64_t now_ms, int64_t wall_ms,
                       const struct repair_rules *rules);
/* The call leaves; it was answered. */
void repair_on_calling(struct repair *r, enum repair_step step, int64_t now_ms);
void repair_on_call(struct repair *r, enum answer a, const char *detail,
                    int64_t now_ms);
/* A request failed for reason WHAT. */
void repair_on_trouble(struct repair *r, const char *what, int64_t now_ms);

#endif
