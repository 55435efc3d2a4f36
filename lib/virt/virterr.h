/* libvirt's errors -> ours. */
#ifndef VMHA_VIRTERR_H
#define VMHA_VIRTERR_H

#include "error.h"

/* libvirt does not write them to standard error. */
void virterr_keep_quiet(void);

/* What went wrong last while WHAT was done.  Returns -1. */
int virterr_fail(struct vmha_error *err, enum vmha_kind kind, const char *what);

/* Its code, VIR_ERR_OK where nothing did. */
int virterr_code(void);

#endif
