/* Parameters from the environment of an OCF resource agent. */
#include <stdlib.h>

#include "cleanup.h"
#include "param.h"
#include "xalloc.h"

int
param_from_env(const struct param *table, void *conf, struct vmha_error *err)
{
    struct vmha_error later;
    int rc = 0;

    for (const struct param *p = table; p->name; p++) {
        CLEANUP_FREE char *key = xasprintf("OCF_RESKEY_%s", p->name);
        const char *value = getenv(key);

        if (value && *value &&
            param_set(table, conf, p->name, value, rc ? &later : err) == -1)
            rc = -1;
    }
    return rc;
}
