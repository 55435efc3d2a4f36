/* Does a VM run on this host?  A question of recoveryd's to a living host, and
 * the answer: text <-> struct.
 *
 * Both are private attributes of that host's node (attrd only, never in the
 * CIB), and have the same form:
 *     vmha-question    v1;SEQ;UUID,UUID,...    of these...
 *     vmha-answer      v1;SEQ;UUID,UUID,...    ...those have a QEMU here
 * SEQ is the question's, so that an answer is newer than its question.
 */
#ifndef VMHA_SIGHT_H
#define VMHA_SIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "vm.h"

#define SIGHT_QUESTION "vmha-question"
#define SIGHT_ANSWER   "vmha-answer"

enum {
    SIGHT_VMS_MAX = 32,
    SIGHT_TEXT_MAX = 1280,
};

/* Does a host to which a guest came at ARRIVAL_MS, and which looked for a
 * question at LOOKED_MS, look now?  Each look costs a process.  Mostly a host
 * is asked to which a guest has come of late; but an evacuation may fail before
 * its guest is there, and what a host has is asked again.
 */
bool sight_looks(int64_t arrival_ms, int64_t looked_ms, int64_t now_ms);

struct sight {
    uint64_t seq;
    char vms[SIGHT_VMS_MAX][UUID_MAX];
    size_t n;
};

/* Does it have VM? */
bool sight_has(const struct sight *s, const char *vm);
/* Add VM, whose form is that of a UUID; -1 where there is no room. */
int sight_add(struct sight *s, const char *vm);
/* Do both have the same VMs, in the same order? */
bool sight_same(const struct sight *a, const struct sight *b);

void sight_format(const struct sight *s, char ret_text[SIGHT_TEXT_MAX + 1]);

/* TEXT must be what the above wrote, else VMHA_E_INPUT. */
int sight_parse(const char *text, struct sight *ret_sight,
                struct vmha_error *err);

/* The same in what `attrd_updater --query` prints of one attribute. */
int sight_parse_query(const char *output, struct sight *ret_sight,
                      struct vmha_error *err);

#endif
