/* Parameters from a command line. */
#include <string.h>

#include "cleanup.h"
#include "param.h"
#include "xalloc.h"

/* --some-name=value: the row of some_name; *RET_VALUE stays NULL without a
 * value.
 */
static const struct param *
find_long(const struct param *table, const char *arg, const char **ret_value)
{
    size_t len = strcspn(arg, "=");
    CLEANUP_FREE char *name = xstrndup(arg, len);

    for (char *s = name; *s; s++)
        if (*s == '-')
            *s = '_';
    if (arg[len] == '=')
        *ret_value = arg + len + 1;
    const struct param *p = param_find(table, name);
    return p && !(p->flags & PARAM_POSITIONAL) ? p : NULL;
}

static const struct param *
find_short(const struct param *table, const char *arg, const char **ret_value)
{
    if (arg[0] && arg[1])
        *ret_value = arg + 1;
    for (const struct param *p = table; p->name; p++)
        if (p->opt && p->opt == arg[0])
            return p;
    return NULL;
}

/* The row of the N-th word without a name. */
static const struct param *
find_positional(const struct param *table, unsigned n)
{
    for (const struct param *p = table; p->name; p++)
        if ((p->flags & PARAM_POSITIONAL) && n-- == 0)
            return p;
    return NULL;
}

int
param_from_argv(const struct param *table, void *conf, int argc, char **argv,
                struct vmha_error *err)
{
    unsigned n_words = 0;

    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i], *value = NULL;
        const struct param *p = NULL;

        if (strncmp(arg, "--", 2) == 0)
            p = find_long(table, arg + 2, &value);
        else if (arg[0] == '-')
            p = find_short(table, arg + 1, &value);
        else if ((p = find_positional(table, n_words++)))
            value = arg;
        if (!p)
            return vmha_fail(err, VMHA_E_CONFIG, 0, "unknown argument '%.64s'",
                             arg);
        if (!value)
            value = p->type == PARAM_BOOL ? "true" : p->bare;
        if (!value && i + 1 < argc)
            value = argv[++i];
        if (!value)
            return vmha_fail(err, VMHA_E_CONFIG, 0, "%s needs a value", arg);
        if ((p->flags & PARAM_POSITIONAL) && !*value)
            return vmha_fail(err, VMHA_E_CONFIG, 0, "%s is empty", p->name);
        if (param_set(table, conf, p->name, value, err) == -1)
            return -1;
    }
    return 0;
}
