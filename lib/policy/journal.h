/* The journal's values: text in the CIB <-> structs.
 *
 * One nvpair a host, vmha-host-<node>, holds all that recovery must not forget
 * about it in at most 49 bytes:
 *     v1;E;1795419841.123456789;fd;1000-a1b2c3d4
 *     version; phase; the fencing that it answers; flags; mark
 * and, only while such VMs are on their way, ';' and up to 16 that must be
 * stopped where they arrive (N30): 0b1c2d3e,a1b2c3d4; 193 bytes at most
 * and, where it was fenced again without having been back, after the time '/'
 * and when it failed, in seconds: 11 bytes
 */
#ifndef VMHA_JOURNAL_H
#define VMHA_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

enum host_phase {
    PHASE_FENCED,     /* F: the failure is known, nothing was changed */
    PHASE_DOWN,       /* D: the flags that are ours are decided */
    PHASE_EVACUATING, /* E: Nova knows that the host is down */
    PHASE_DONE,       /* X: nothing is left to do for its VMs */
    PHASE_RETURNING,  /* T: the host is back, its nova-compute may start */
    PHASE_RELEASED,   /* R: closed; it goes when the node is back */
    N_PHASES
};

/* Place of a VM in the order of recovery: bigger first, then by UUID.  Made of
 * facts that cannot change while the host is dead.
 */
struct vm_key {
    uint32_t ram_mb; /* cut at the largest value */
    uint32_t id;     /* first 8 hex digits of the UUID */
};

/* < 0 where A comes before B. */
int vm_key_compare(const struct vm_key *a, const struct vm_key *b);

enum { JOURNAL_STOPPED_MAX = 16 };

struct journal_host {
    enum host_phase phase;
    int64_t incident_ns;  /* completion of the fencing: the incident's id */
    int64_t failed_s;     /* fenced before, too, and never back; 0: no */
    bool has_forced_down; /* f: we set forced_down */
    bool has_disabled;    /* d: we disabled the service */
    bool has_returned;    /* b: the host was alive again since */
    bool may_pass;        /* g: the brake does not hold it any more */
    bool is_parking;      /* o: VMs may arrive stopped, to be started in turn */
    bool has_mark;        /* an evacuate call may have been sent for VMs... */
    struct vm_key mark;   /* ...up to and with this one, and for no other */
    /* VMs that were stopped but arrive running: key.id, ascending */
    uint32_t stopped[JOURNAL_STOPPED_MAX];
    unsigned n_stopped;
};

enum { JOURNAL_HOST_MAX = 212 };

/* VALUE must be exactly what journal_host_format writes, else VMHA_E_INPUT. */
int journal_host_parse(const char *value, struct journal_host *ret_entry,
                       struct vmha_error *err);
void journal_host_format(const struct journal_host *e,
                         char ret_value[JOURNAL_HOST_MAX]);
/* When the host failed: at its first fencing since it was alive. */
int64_t journal_host_failed_ns(const struct journal_host *e);
bool journal_host_equal(const struct journal_host *a,
                        const struct journal_host *b);
/* Is a VM with this key.id to be stopped where it arrives?  Note that. */
bool journal_host_has_stopped(const struct journal_host *e, uint32_t id);
void journal_host_add_stopped(struct journal_host *e, uint32_t id);

/* seconds.nanoseconds, the form of vmha-seen-<segment>. */
enum { JOURNAL_TIME_MAX = 32 };
int journal_time_parse(const char *text, int64_t *ret_ns);
void journal_time_format(int64_t ns, char ret_text[JOURNAL_TIME_MAX]);

const char *host_phase_name(enum host_phase p);

#endif
