/* The files of the decision log of one instance on this node:
 * DIR/history-INSTANCE.jsonl and, older, .1 to .3; root's alone.
 *
 * Append-only and bounded: a file that is full is renamed, and the oldest one
 * goes.  A line is one write(2) and is never synced: what a crash of the node
 * may cost is history, which nothing is decided by, while a sync could hold the
 * recovery up for as long as the disk likes.  A crash of the daemon alone costs
 * nothing.
 */
#ifndef VMHA_LOGFILE_H
#define VMHA_LOGFILE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum { LOGFILE_OLDER = 3, LOGFILE_BYTES_MAX = 8 * 1024 * 1024 };

struct logfile;

/* Nothing is opened yet.  Each file holds MAX bytes at most. */
struct logfile *logfile_new(const char *dir, const char *instance, size_t max);
void logfile_free(struct logfile *f);

/* Add a line (without its end).  After a failure the next one is tried as any
 * other; a part that was written ends where the next line begins.
 */
int logfile_append(struct logfile *f, const char *line, size_t len,
                   struct vmha_error *err);

/* Call FN for each line of all instances (INSTANCE NULL) or one, oldest first
 * in each instance, that has NEEDLE (NULL: any).  What is too long for a line
 * is passed as "".  VMHA_E_ABSENT: there is no such file.
 */
typedef void logfile_line_fn(const char *line, size_t len, void *arg);
int logfile_read(const char *dir, const char *instance, const char *needle,
                 logfile_line_fn *fn, void *arg, struct vmha_error *err);

#endif
