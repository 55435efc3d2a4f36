/* Parameters as arguments of a command line, for its --help. */
#include <stdlib.h>

#include "cleanup.h"
#include "param.h"
#include "xalloc.h"

/* Options are written with '-', their rows have '_'. */
static void
print_argument(FILE *out, const struct param *p)
{
    CLEANUP_FREE char *name = xstrdup(p->name);

    for (char *s = name; *s; s++)
        if (*s == '_')
            *s = '-';
    fprintf(out, "  %s%s\n      %s.\n", p->flags & PARAM_POSITIONAL ? "" : "--",
            name, p->summary);
}

void
param_help(FILE *out, const struct param *table)
{
    fputs("\nArguments:\n", out);
    for (const struct param *p = table; p->name; p++)
        print_argument(out, p);
}
