/* Questions that are under way: to the cloud, the cluster or the journal. */
#ifndef VMHA_PENDING_H
#define VMHA_PENDING_H

#include <stddef.h>
#include <stdint.h>

struct daemon;

/* The first member, "base", of a question's struct.  It names its host instead
 * of pointing at it: that may be gone when the answer comes.
 */
struct pending {
    struct daemon *d;
    struct pending **list, *prev, *next; /* of those under way */
    char *node;                          /* NULL: of no host */
    int64_t asked_ms;
    void (*clear)(void *question); /* what else it owns; or NULL */
};

/* A question of SIZE bytes, zero but for its base, in LIST. */
void *pending_new(struct daemon *d, struct pending **list, const char *node,
                  size_t size);
void pending_free(void *question);
/* For CLEANUP: of a variable that may be NULL. */
void pending_freep(void *variable);

size_t pending_count(const struct pending *list);
/* Free all; no answer may come any more. */
void pending_forget(struct pending **list);

#endif
