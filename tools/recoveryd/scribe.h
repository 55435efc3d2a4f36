/* The process that has the decision log's files (archive.h), as the daemon sees
 * it.  Nothing here waits for the disk: what that does not take is dropped.  It
 * is a process because a thread that hangs in the kernel could not be killed,
 * nor the daemon with it, and Pacemaker would fence the node.
 */
#ifndef VMHA_SCRIBE_H
#define VMHA_SCRIBE_H

#include <stddef.h>

#include "archive.h"

struct scribe;

/* PROGRAM is started for it, with --archive and what ARGS say. */
struct scribe *scribe_new(const char *program, const struct archive_args *args);
/* What it has is still written, as soon as the disk takes it. */
void scribe_free(struct scribe *s);
void scribe_write(struct scribe *s, const char *line, size_t len);

/* FN gets the reply to REQUEST (JSON text), later, and once; NULL: there was
 * none in time, or the scribe was freed.
 */
typedef void scribe_fn(const char *reply, void *arg);
void scribe_ask(struct scribe *s, const char *request, scribe_fn *fn,
                void *arg);

#endif
