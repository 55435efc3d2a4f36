/* Does what is mounted there answer? */
#ifndef VMHA_PROBE_H
#define VMHA_PROBE_H

#include <stdbool.h>

/* Ask the file system of PATH, and write, sync and remove a file in it where
 * IS_WRITABLE.  May block for ever.  Returns an exit status; the reason is on
 * standard error.
 */
int probe_run(const char *path, bool is_writable);

#endif
