/* What the next daemon must know of the processes: a line for each of which
 * there is something to tell, "NAME;NOTE;PID;STARTED" (PID 0: no command runs;
 * -1: one may).
 * It is in /run, so after a boot it is gone.
 */
#ifndef VMHA_NOTES_H
#define VMHA_NOTES_H

#include <stdint.h>
#include <sys/types.h>

#include "procs.h"

enum { NOTE_BEGINS = -1 };

struct note {
    char name[FAULT_NAME_MAX + 1];
    char text[PROC_NOTE_MAX]; /* of proc_note */
    pid_t pid;
    uint64_t started; /* of finder_start_time */
};

/* Write N notes, those of nothing left out, in place of the file. */
int notes_write(const char *path, const struct note *notes, size_t n,
                struct vmha_error *err);

/* One line of the file, which is cut up; -1: it is none. */
int note_parse(char *line, struct note *ret_note);

/* Call FN for each; a file that is not there has none, nor has a line that is
 * none.
 */
void notes_read(const char *path,
                void (*fn)(const struct note *note, void *arg), void *arg);

#endif
