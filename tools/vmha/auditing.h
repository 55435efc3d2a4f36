/* Where vmha check and vmha setup find the cluster's configuration. */
#ifndef VMHA_AUDITING_H
#define VMHA_AUDITING_H

#include "audit.h"

/* The rows of a command's parameters that both have, for its struct T. */
extern const char *const auditing_tools[];
#define AUDITING_CIB_PARAM(T)                                                  \
    {                                                                          \
        .name = "cib", FIELD_STRING(T, cib),                                   \
        .summary = "Look at the CIB in this file only, and ask nobody"         \
    }
#define AUDITING_WITH_PARAM(T)                                                 \
    {                                                                          \
        .name = "with", FIELD_CHOICE(T, with), .def = "pcs",                   \
        .choices = auditing_tools, .summary = "Commands of pcs, or of crmsh"   \
    }

/* Call FN for each finding of the CIB in the file PATH (NULL: the cluster's).
 */
int auditing_run(const char *path, const struct audit_words *words,
                 audit_fn *fn, void *arg, struct vmha_error *err);

#endif
