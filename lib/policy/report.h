/* What a compute host says of itself: text in node attributes <-> structs.
 *
 * It is a level: what is wrong now.  Two attributes carry it, as the CIB must
 * stay small and each change of it costs a run of Pacemaker's scheduler:
 *     vmha-faults      in the CIB, <= 64 bytes   v1;SEQ;COUNT;WORST
 *     vmha-fault-list  private (attrd only)      v1;SEQ;FAULT,FAULT,...,more=N
 * WORST is the first fault's kind:why, or ok.  A FAULT is kind:name:why@since.
 * SEQ is any number that each change makes another one; a list with a SEQ that
 * is not the public one's is older or newer than that.
 *
 * Anybody who is root on a compute host can write both, for each host: the
 * reader believes nothing that Nova does not confirm.
 */
#ifndef VMHA_REPORT_H
#define VMHA_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum fault_kind { FAULT_VM, FAULT_PROCESS, FAULT_MOUNT, N_FAULT_KINDS };

enum fault_why {
    WHY_CRASH,    /* QEMU died */
    WHY_PANIC,    /* the guest's kernel panicked */
    WHY_WATCHDOG, /* the guest's watchdog fired */
    WHY_IO,       /* paused, as its disk failed */
    WHY_HANG,     /* QEMU, or a process, does not answer; a mount blocks */
    WHY_AGENT,    /* the guest agent fell silent */
    WHY_GONE,     /* it ran before we lost sight of it, and does not now */
    WHY_DOWN,     /* a process does not run, nothing is mounted */
    WHY_WRONG,    /* another type of file system is mounted, or read-only */
    N_FAULT_WHYS
};

enum {
    FAULT_NAME_MAX = 64,
    REPORT_FAULTS_MAX = 64,
    REPORT_PUBLIC_MAX = 64,
    REPORT_LIST_MAX = 2048,
};

struct fault {
    enum fault_kind kind;
    enum fault_why why;
    int64_t since_s;               /* by the host's wall clock */
    char name[FAULT_NAME_MAX + 1]; /* UUID of a VM; letters, digits and ._-/ */
};

struct report {
    uint64_t seq;
    struct fault faults[REPORT_FAULTS_MAX]; /* the worst first */
    size_t n;
    unsigned more; /* that found no place */
};

/* The public one alone. */
struct report_head {
    uint64_t seq;
    unsigned count;       /* 0: all is well */
    enum fault_kind kind; /* of the worst */
    enum fault_why why;
};

const char *fault_kind_name(enum fault_kind k);
const char *fault_why_name(enum fault_why w);

/* Set the fault's name; -1 where it is none. */
int fault_set_name(struct fault *f, const char *name);

/* Put F before all others.  Where there is no room, the last one is counted in
 * more.
 */
void report_put_first(struct report *r, const struct fault *f);

void report_head_format(const struct report *r,
                        char ret_text[REPORT_PUBLIC_MAX + 1]);
/* Faults that find no place are counted in more=N. */
void report_list_format(const struct report *r,
                        char ret_text[REPORT_LIST_MAX + 1]);

/* TEXT must be what the above write, else VMHA_E_INPUT. */
int report_head_parse(const char *text, struct report_head *ret_head,
                      struct vmha_error *err);
int report_list_parse(const char *text, struct report *ret_report,
                      struct vmha_error *err);

#endif
