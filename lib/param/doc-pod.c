/* Sections PARAMETERS and ACTIONS of an agent's manual page. */
#include "agent.h"
#include "cleanup.h"

static void
put_escaped(FILE *out, const char *s)
{
    for (; *s; s++)
        switch (*s) {
        case '<': fputs("E<lt>", out); break;
        case '>': fputs("E<gt>", out); break;
        default: fputc(*s, out);
        }
}

static void
put_code(FILE *out, const char *s)
{
    fputs("C<", out);
    put_escaped(out, s);
    fputc('>', out);
}

static void
put_choices(FILE *out, const struct param *p)
{
    fputs("One of ", out);
    for (int i = 0; p->choices[i]; i++) {
        if (i)
            fputs(p->choices[i + 1] ? ", " : " or ", out);
        put_code(out, p->choices[i]);
    }
    fputs(".\n", out);
}

static void
put_range(FILE *out, const struct param *p)
{
    CLEANUP_FREE char *min = param_number_text(p, p->min);
    CLEANUP_FREE char *max = param_number_text(p, p->max);

    fprintf(out, "Between C<%s> and C<%s>.\n", min, max);
}

static void
put_param(FILE *out, const struct param *p)
{
    fprintf(out, "=item B<%s>\n\n", p->name);
    put_escaped(out, p->text);
    fputc('\n', out);
    if (p->type == PARAM_CHOICE)
        put_choices(out, p);
    if (p->min || p->max)
        put_range(out, p);
    if (p->flags & PARAM_REQUIRED)
        fputs("Required.\n", out);
    if (p->def) {
        fputs("Default: ", out);
        put_code(out, p->def);
        fputs(".\n", out);
    }
    if (p->flags & PARAM_RELOADABLE)
        fputs("A change takes effect without a restart.\n", out);
    fputc('\n', out);
}

static void
put_time(FILE *out, const char *what, unsigned seconds, const char **separator)
{
    if (!seconds)
        return;
    fprintf(out, "%s%s %us", *separator, what, seconds);
    *separator = ", ";
}

static void
put_action(FILE *out, const struct agent_action *a)
{
    const char *separator = " (";

    fprintf(out, "=item B<%s>", a->name);
    put_time(out, "timeout", a->timeout_s, &separator);
    put_time(out, "interval", a->interval_s, &separator);
    put_time(out, "start delay", a->start_delay_s, &separator);
    if (a->depth)
        fprintf(out, "%sdepth %u", separator, a->depth);
    if (a->depth || separator[0] == ',')
        fputc(')', out);
    fputs("\n\n", out);
    put_escaped(out, a->text);
    if (a->on_fail)
        fprintf(out, "\nSet B<on-fail=%s> for it.", a->on_fail);
    fputs("\n\n", out);
}

void
doc_pod_params(FILE *out, const char *title, const struct param *table)
{
    fprintf(out, "=head1 %s\n\n=over 4\n\n", title);
    for (const struct param *p = table; p->name; p++)
        if (!(p->flags & PARAM_HIDDEN))
            put_param(out, p);
    fputs("=back\n\n", out);
}

void
doc_pod(FILE *out, const struct agent *a)
{
    doc_pod_params(out, "PARAMETERS", a->params);
    fputs("=head1 ACTIONS\n\n=over 4\n\n", out);
    for (const struct agent_action *x = a->actions; x->name; x++)
        if (!x->is_hidden)
            put_action(out, x);
    fputs("=back\n", out);
}
