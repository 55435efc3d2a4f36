/* Read a file into memory. */
#ifndef VMHA_FILE_H
#define VMHA_FILE_H

#include "buf.h"
#include "error.h"

/* Add all of the file PATH to B.  It is VMHA_E_ABSENT or VMHA_E_PERMISSION, or
 * VMHA_E_CONFIG where it is larger than B may get.  The error names PATH.
 */
int file_read(const char *path, struct buf *b, struct vmha_error *err);

/* The same for what FD has left; the error names no file. */
int file_read_fd(int fd, struct buf *b, struct vmha_error *err);

#endif
