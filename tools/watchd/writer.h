/* Write the report into the cluster, by Pacemaker's tools. */
#ifndef VMHA_WRITER_H
#define VMHA_WRITER_H

#include "report.h"

enum {
    WRITER_GAP_MS = 2000, /* between two changes: each costs a scheduler run */
    WRITER_LIMIT_MS = 10000 /* for one of them */
};

struct writer;

struct writer *writer_new(void);
void writer_free(struct writer *w);

/* Tell this from now on; its seq is ours.  The first change is written at once,
 * the next ones with a gap, and until it succeeds.
 */
void writer_tell(struct writer *w, const struct report *r);

/* Write it again if something is wrong: the cluster may have forgotten it. */
void writer_repeat(struct writer *w);

/* Why it is not written, or NULL. */
const char *writer_trouble(const struct writer *w);

#endif
