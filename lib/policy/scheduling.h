/* A living host that lost a process or a mount that VMs need takes no new VMs:
 * its nova-compute service is disabled in Nova, and enabled when that is
 * mended.
 *
 * Nothing is remembered: our token in the service's disabled_reason is the
 * mark. A service that anybody else has disabled stays so, and one that
 * somebody has enabled in spite of the fault stays enabled.
 */
#ifndef VMHA_SCHEDULING_H
#define VMHA_SCHEDULING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certainty.h"
#include "report.h"

/* At the end of disabled_reason.  Not the token of a host's failure. */
#define SCHEDULING_TOKEN "[vmha-fault]"
enum { SCHEDULING_REASON_MAX = 255 };

enum scheduling_step {
    SCHEDULING_NOTHING,
    SCHEDULING_READ, /* the service */
    SCHEDULING_SHUT, /* disable it */
    SCHEDULING_OPEN, /* enable it */
};

/* Of one host.  Monotonic ms. */
struct scheduling {
    enum certainty certainty; /* certainty_of_living(): set from outside */
    bool is_watched;          /* the host reports at all */
    bool has_faults;          /* of processes or mounts, by the newest report */
    bool is_known;            /* the service was read since that changed */
    bool has_service, is_disabled, is_ours; /* by that reading */
    bool is_braked;                         /* too many hosts are shut */
    bool is_busy;                           /* a request is under way */
    int64_t read_ms;
    int64_t retry_ms; /* no request before */
    unsigned n_troubles;
};

/* What is next; where it is NOTHING: ask again at *RET_WAKE_MS (0: no need). */
enum scheduling_step scheduling_next(const struct scheduling *s, int64_t now_ms,
                                     int64_t *ret_wake_ms);

/* Set is_braked of the N hosts at LIST: no more than LIMIT are shut, first come
 * first served.
 */
void scheduling_brake(struct scheduling *const *list, size_t n, unsigned limit);

/* Is the host shut by us? */
bool scheduling_is_shut(const struct scheduling *s);

/* The reason for Nova, with the token, from the N > 0 faults at F. */
void scheduling_reason(const struct fault *f, size_t n,
                       char ret_text[SCHEDULING_REASON_MAX + 1]);

/* --- answers are new facts --- */
/* By a new report; IS_WATCHED false: there is none. */
void scheduling_on_report(struct scheduling *s, bool is_watched,
                          bool has_faults);
/* Its host failed, or is no longer ours: all may have changed afterwards. */
void scheduling_reset(struct scheduling *s);
/* REASON: disabled_reason, or NULL. */
void scheduling_on_service(struct scheduling *s, bool is_there,
                           bool is_disabled, const char *reason,
                           int64_t asked_ms);
/* A PUT was answered: what came of it is to be read.  So it is where the answer
 * was bad, but later.
 */
void scheduling_on_put(struct scheduling *s);
void scheduling_on_trouble(struct scheduling *s, int64_t now_ms);

#endif
