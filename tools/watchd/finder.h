/* Find a process in /proc. */
#ifndef VMHA_FINDER_H
#define VMHA_FINDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Does PID run (a zombie does not), and, where EXE is given, that program?  For
 * a script that is its path among the first arguments and its name as the
 * process's, as the kernel sets them; an editor that shows the script has
 * another name.
 */
bool finder_matches(pid_t pid, const char *exe);

/* The PID that a text begins with; 0: none. */
pid_t finder_parse_pid(const char *text);

/* The process of a pid file, or the oldest that runs EXE; 0: there is none. */
pid_t finder_by_pidfile(const char *path, const char *exe);
pid_t finder_by_exe(const char *exe);

/* When it was started, in the kernel's ticks: with its id this is one process
 * for ever.  0 where it does not run.
 */
uint64_t finder_start_time(pid_t pid);

#endif
