/* A mount point that VMs need: is the right thing mounted, does it answer? */
#ifndef VMHA_MOUNTS_H
#define VMHA_MOUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "report.h"
#include "watch.h"

struct mount_rules {
    const char *path;
    const char *types; /* with blanks or commas between them; NULL: any */
    bool is_writable;  /* it must be */
    int64_t grace_ms;  /* so long it may be wrong */
    int64_t stable_ms; /* so long it must be right again */
};

enum mount_state { MOUNT_OK, MOUNT_DOWN, MOUNT_WRONG, MOUNT_HANGS };

struct mount {
    enum mount_state state;
    int64_t from_ms;    /* of that state */
    bool is_lasting;    /* is a fault... */
    enum fault_why why; /* ...of this kind... */
    int64_t since_s;    /* ...since */
};

/* What MOUNTINFO, the text of /proc/self/mountinfo (proc(5)), tells of the
 * mount: any state but that it hangs.
 */
enum mount_state mount_look(const struct mount_rules *rules,
                            const char *mountinfo);

/* This is its state now. */
void mount_seen(struct mount *m, const struct mount_rules *rules,
                enum mount_state state, const struct watch_time *now);

/* Time has passed.  Returns when it is to be told again, monotonic ms; 0: when
 * its state has changed.
 */
int64_t mount_passed(struct mount *m, const struct mount_rules *rules,
                     const struct watch_time *now);

/* The lasting fault; false where there is none. */
bool mount_fault(const struct mount *m, const char *path,
                 struct fault *ret_fault);

#endif
