/* The files clouds.yaml and secure.yaml. */
#ifndef VMHA_CLOUDS_FILE_H
#define VMHA_CLOUDS_FILE_H

#include "clouds-yaml.h"
#include "error.h"

/* Read cloud NAME from the clouds.yaml at PATH and the secure.yaml beside it,
 * which may be missing.  Each must be a regular file (also behind a link),
 * owned by root or by us, with no rights for group or others.
 */
int clouds_file_read(const char *path, const char *name,
                     struct cloud_conf *ret_conf, struct vmha_error *err);

#endif
