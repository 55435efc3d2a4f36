/* Parameters as arguments of a command line, for its --help. */
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "param.h"
#include "xalloc.h"

bool
param_asks(int argc, char **argv, const char *option)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], option) == 0)
            return true;
    return false;
}

static void
print_choices(FILE *out, const struct param *p, const char *before)
{
    for (const char *const *c = p->choices; *c; c++, before = "|")
        fprintf(out, "%s%s", before, *c);
}

/* Options are written with '-', their rows have '_'. */
static void
print_argument(FILE *out, const struct param *p)
{
    CLEANUP_FREE char *name = xstrdup(p->name);
    bool is_word = p->flags & PARAM_POSITIONAL;
    bool is_choice = p->type == PARAM_CHOICE;

    for (char *s = name; *s; s++)
        if (*s == '_')
            *s = '-';
    fprintf(out, "  %s", is_word ? "" : "--");
    if (!is_word || !is_choice)
        fputs(name, out);
    if (is_choice)
        print_choices(out, p, is_word ? "" : "=");
    fprintf(out, "\n      %s.\n", p->summary);
}

void
param_help(FILE *out, const struct param *table)
{
    if (table->name)
        fputs("\nArguments:\n", out);
    for (const struct param *p = table; p->name; p++)
        print_argument(out, p);
}
