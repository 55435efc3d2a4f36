/* Parameters from what the fencer writes to a fence agent's standard input. */
#include "cleanup.h"
#include "lines.h"
#include "param.h"
#include "xalloc.h"

static void
warn_about(void (*warn)(const char *what), const struct lines *l)
{
    if (!warn)
        return;
    CLEANUP_FREE char *what =
        xasprintf("line %u: %s '%.64s'", l->number,
                  l->value ? "unknown parameter" : "no '=' in", l->name);
    warn(what);
}

int
param_from_stdin(const struct param *table, void *conf, const char *text,
                 size_t len, void (*warn)(const char *what),
                 struct vmha_error *err)
{
    CLEANUP(lines_clear) struct lines l;
    int rc;

    lines_init(&l, text, len);
    if (len > PARAM_STDIN_MAX)
        return vmha_fail(err, VMHA_E_INPUT, 0, "input is too long");
    while ((rc = lines_next(&l, err)) == 1) {
        if (!l.value || !param_find(table, l.name))
            warn_about(warn, &l);
        else if (param_set(table, conf, l.name, l.value, err) == -1)
            return -1;
    }
    return rc;
}
