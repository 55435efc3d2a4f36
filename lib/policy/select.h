/* Which VMs of a failed host are recovered: the administrator's rules, and the
 * wishes that tenants leave in metadata.
 */
#ifndef VMHA_SELECT_H
#define VMHA_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "vm.h"

enum { EXCLUSIONS_MAX = 256 };

enum local_disk { LOCAL_DISK_EVACUATE, LOCAL_DISK_SKIP, LOCAL_DISK_WAIT };

/* VMs that match are left alone. */
struct exclusion {
    char *text; /* as the administrator wrote it */
    int subject;
    char *key; /* of metadata, or of a flavor's extra specs */
    char *glob;
};

struct select_rules {
    bool takes_all;          /* else only VMs that opt in */
    bool skips_errors;       /* those in ERROR before the failure */
    bool skips_service_vms;  /* Octavia replaces its amphorae itself */
    bool has_shared_storage; /* no disk is lost with its host */
    enum local_disk local_disk;
    int64_t local_disk_wait_ms;
    const char *ha_key;       /* of metadata: true or false; borrowed */
    const char *priority_key; /* see order.h; borrowed */
    struct exclusion *exclusions;
    size_t n_exclusions;
};

/* Read the rules that are lists or have an argument into *RULES, whose other
 * fields stay as they are: EXCLUDE (NULL: none) is a list such as
 *     project=ID, name=test-*, flavor:KEY=GLOB
 * and LOCAL_DISK is evacuate, skip or wait:TIME.
 */
int select_rules_parse(struct select_rules *rules, const char *exclude,
                       const char *local_disk, struct vmha_error *err);
void select_rules_clear(struct select_rules *rules);

struct selection {
    enum vm_choice choice;
    char why[256];     /* "" where it is recovered */
    char warning[256]; /* what makes no sense in its metadata, or "" */
    int priority;
};

/* RULES may be NULL: all are recovered.  WAS_ERROR: it was in ERROR already
 * when its host failed.
 */
void select_vm(const struct select_rules *rules, const struct server_fact *s,
               bool was_error, struct selection *ret);

/* Look at a VM by RULES; and act on what was found last, where VM is still to
 * be evacuated (vm_classify comes between them).  Its host failed at FAILED_MS.
 */
void vm_select(struct vm *v, const struct server_fact *s,
               const struct select_rules *rules);
void vm_apply_selection(struct vm *v, int64_t failed_ms);

/* Does TEXT match GLOB (* any bytes, ? one byte)? */
bool glob_matches(const char *glob, const char *text);

#endif
