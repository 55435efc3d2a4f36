/* Of what are people and their programs told, when?
 *
 * A tiding is due when this daemon first sees that it is so.  One that takes
 * over sees what an earlier one saw, so each tiding comes at least once.
 */
#ifndef VMHA_TIDINGS_H
#define VMHA_TIDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tiding {
    TIDING_START,      /* a failure is in the journal: its recovery begins */
    TIDING_END,        /* nothing is left to do for its VMs */
    TIDING_HOLD,       /* a host is held: nothing is done until a person acts */
    TIDING_STUCK,      /* Nova leaves evacuations in one state for long */
    TIDING_GIVEN_UP,   /* VMs that will not be recovered as they are */
    TIDING_QUARANTINE, /* a host fails too often: it stays disabled */
    N_TIDINGS
};
const char *tiding_name(enum tiding t);

/* How it is with one host. */
struct tiding_facts {
    int64_t incident_ns; /* 0: there is none */
    bool is_saved;       /* the journal has it */
    bool is_done;
    bool is_held;
    bool is_quarantined;
    size_t n_stuck;
    size_t n_given_up; /* evacuated by nobody, or restarted too often */
};

/* What was told of one host. */
struct tidings {
    int64_t incident_ns;
    unsigned told; /* 1 << tiding */
    size_t n_stuck, n_given_up;
    int64_t held_ms;   /* it is held since, 0: it is not */
    int64_t vms_ms[2]; /* nothing of stuck VMs, of lost ones, before */
};

/* What is due, as a set of 1 << tiding; M notes it as told.  VMs are told of as
 * their number grows, but not each by itself; a hold is one that lasts.
 */
unsigned tidings_due(struct tidings *m, const struct tiding_facts *f,
                     int64_t now_ms);
/* When to ask again though no fact changes, or 0. */
int64_t tidings_wake_ms(const struct tidings *m, const struct tiding_facts *f);

/* What to do about a letter that was posted for the TRIES-th time, by the
 * status of the answer, 0: none came.
 */
enum delivery { DELIVERED, DELIVER_AGAIN, DELIVERY_FAILED, N_DELIVERIES };
enum delivery tidings_delivery(int status, unsigned tries);
/* ...and how long to wait before the next try. */
int64_t tidings_pause_ms(unsigned tries);

#endif
