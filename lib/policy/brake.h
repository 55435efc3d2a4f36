/* The brake: a mass failure is not made worse (I7).
 *
 * Where more hosts fail together than the administrator allows, those that have
 * had no evacuate call yet are held.  "Together" is a matter of the failures'
 * own times, which the journal has, and not of now: every daemon, this one's
 * successor included, comes to the same answer at any time.
 */
#ifndef VMHA_BRAKE_H
#define VMHA_BRAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certainty.h"
#include "journal.h"

/* How many hosts may fail together: a number, or a share of all hosts. */
struct brake_limit {
    unsigned value;
    bool is_percent;
};

/* The same of N hosts.  A share is rounded down, but at least BRAKE_SHARE_MIN:
 * a small cloud must survive what it is built to survive.
 */
enum { BRAKE_SHARE_MIN = 2 };
unsigned brake_limit_of(struct brake_limit limit, unsigned n_hosts);

struct brake_rules {
    struct brake_limit segment, total;
    int64_t window_ms;
    int64_t release_after_ms; /* 0: never by itself */
};

/* Does the entry count as a failure?  Not one whose host came back, or that was
 * closed.
 */
bool brake_counts(const struct journal_host *e);

/* Does a host count that has no entry, by what is certain of it?  It is dead as
 * far as anyone can tell, though nothing may be done for it.  Not one that the
 * operator has in maintenance.
 */
bool brake_counts_unproven(enum certainty c);

/* Has its evacuation begun?  Then it goes on: half of a host helps nobody. */
bool brake_is_too_late(const struct journal_host *e);

/* The most failures of the N at TIMES_NS, in any order, that lie within one
 * window of time with that at AT_NS.
 */
unsigned brake_crowd(const int64_t *times_ns, size_t n, int64_t at_ns,
                     int64_t window_ms);

/* What is known of failures: of the segment, and of all. */
struct brake_facts {
    const int64_t *times_ns; /* those of the segment come first */
    size_t n_segment, n_total;
    unsigned segment_hosts, total_hosts;
};

enum brake { BRAKE_OFF, BRAKE_SEGMENT, BRAKE_TOTAL };

struct brake_answer {
    enum brake brake;
    unsigned failed, hosts, allowed; /* where it is not off */
};

/* Is the failure at AT_NS one too many? */
struct brake_answer brake_of(const struct brake_facts *f,
                             const struct brake_rules *rules, int64_t at_ns);

/* It was held for long enough, by the clock. */
bool brake_is_over(const struct brake_rules *rules, int64_t at_ns,
                   int64_t wall_ms);

#endif
