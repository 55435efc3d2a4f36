/* What commands have to say of their arguments. */
#include "command.h"

#include "cleanup.h"
#include "scan.h"
#include "xalloc.h"

int
command_refuse_empty(const char *name, const char *value,
                     struct vmha_error *err)
{
    if (!value || *value)
        return 0;
    return vmha_fail(err, VMHA_E_CONFIG, 0, "%s is empty", name);
}

int
command_refuse(const char *name, const char *value, const char *where,
               struct vmha_error *err)
{
    if (!value)
        return 0;
    return vmha_fail(err, VMHA_E_CONFIG, 0, "only %s --%s", where, name);
}

int
command_check_flag(const char *name, char **value, struct vmha_error *err)
{
    bool is_set;

    if (!*value)
        return 0;
    if (scan_bool(*value, &is_set) == -1)
        return vmha_fail(err, VMHA_E_CONFIG, 0, "%s: '%.64s' is no boolean",
                         name, *value);
    xstrset(value, is_set ? "true" : "false");
    return 0;
}
