/* Names of the journal's nvpairs (caller frees). */
#ifndef VMHA_JOURNAL_NAMES_H
#define VMHA_JOURNAL_NAMES_H

#include "xalloc.h"

/* What the recovery daemon knows of a node's failure. */
static inline char *
journal_host_name(const char *node)
{
    return xasprintf("vmha-host-%s", node);
}

/* The fencing hook's note: the time when the node's power was cut. */
static inline char *
journal_intent_name(const char *node)
{
    return xasprintf("vmha-intent-%s", node);
}

/* A reserved host that was taken: what must be undone. */
static inline char *
journal_reserve_name(const char *node)
{
    return xasprintf("vmha-reserve-%s", node);
}

/* The failures that a node came back from of late. */
static inline char *
journal_failures_name(const char *node)
{
    return xasprintf("vmha-failures-%s", node);
}

/* Whether vmha is disarmed, all of it. */
#define JOURNAL_DISARMED_NAME "vmha-disarmed"

/* Every fencing up to that time is closed or has an entry. */
static inline char *
journal_seen_name(const char *segment)
{
    return segment ? xasprintf("vmha-seen-%s", segment)
                   : xasprintf("vmha-seen");
}

#endif
