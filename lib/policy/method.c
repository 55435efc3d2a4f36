/* The recovery methods' names. */
#include "method.h"

#include <string.h>

static const char *const names[N_METHODS] = {
    [METHOD_AUTO] = "auto",
    [METHOD_RESERVED_HOST] = "reserved_host",
    [METHOD_AUTO_PRIORITY] = "auto_priority",
    [METHOD_RH_PRIORITY] = "rh_priority",
};

const char *
recovery_method_name(enum recovery_method m)
{
    return names[m];
}

bool
recovery_method_of(const char *name, enum recovery_method *ret)
{
    for (int m = 0; m < N_METHODS; m++)
        if (strcmp(name, names[m]) == 0) {
            *ret = (enum recovery_method) m;
            return true;
        }
    return false;
}
