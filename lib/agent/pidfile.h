/* One daemon at a time, and who it is.
 *
 * The truth is the kernel's lock on the file, not what the file contains: it
 * ends with the process, and the kernel names its holder.  So neither a stale
 * file nor a reused process id can mislead, and asking does not disturb.
 */
#ifndef VMHA_PIDFILE_H
#define VMHA_PIDFILE_H

#include <stdint.h>
#include <sys/types.h>

#include "error.h"

/* Daemon: lock the file PATH (created with mode 0600) for the life of this
 * process and write our process id for people to read.  VMHA_E_AGAIN where
 * another process holds it.  Do not fork afterwards and do not open PATH
 * again: both lose a POSIX lock.
 */
int pidfile_lock(const char *path, struct vmha_error *err);

/* The process that holds PATH: a process file descriptor (pidfd) for it, which
 * the caller closes; -1 where none does (err->kind is VMHA_E_ABSENT) or where
 * that cannot be told.
 */
int pidfile_open(const char *path, struct vmha_error *err);

/* Wait until the process of PIDFD has ended.  0, or VMHA_E_AGAIN when
 * TIMEOUT_MS have passed.
 */
int pidfile_wait(int pidfd, int64_t timeout_ms, struct vmha_error *err);

/* Send it SIGNAL.  An ended process is a success. */
int pidfile_signal(int pidfd, int signal, struct vmha_error *err);

#endif
