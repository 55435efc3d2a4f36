/* Writes XML: nesting, indentation and escapes. */
#include "markup.h"

#include <assert.h>
#include <stdarg.h>

#include "cleanup.h"
#include "xalloc.h"

static void
put_escaped(FILE *out, const char *s)
{
    for (; *s; s++)
        switch (*s) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        case '\n': fputc('\n', out); break;
        default:
            /* XML 1.0 has no way to write other control characters. */
            fputc((unsigned char) *s < ' ' ? ' ' : *s, out);
        }
}

static void
end_tag_start(struct markup *m)
{
    if (m->in_tag)
        fputs(">\n", m->out);
    m->in_tag = false;
}

static void
start(struct markup *m, const char *name)
{
    end_tag_start(m);
    fprintf(m->out, "%*s<%s", 2 * (int) m->depth, "", name);
}

void
markup_init(struct markup *m, FILE *out)
{
    *m = (struct markup){ .out = out };
    fputs("<?xml version=\"1.0\"?>\n", out);
}

void
markup_open(struct markup *m, const char *name)
{
    assert(m->depth < MARKUP_DEPTH_MAX);
    start(m, name);
    m->open[m->depth++] = name;
    m->in_tag = true;
}

void
markup_close(struct markup *m)
{
    const char *name = m->open[--m->depth];

    if (m->in_tag)
        fputs("/>\n", m->out);
    else
        fprintf(m->out, "%*s</%s>\n", 2 * (int) m->depth, "", name);
    m->in_tag = false;
}

void
markup_attr(struct markup *m, const char *name, const char *fmt, ...)
{
    CLEANUP_FREE char *value = NULL;
    va_list ap;

    assert(m->in_tag);
    va_start(ap, fmt);
    if (vasprintf(&value, fmt, ap) == -1)
        abort();
    va_end(ap);
    fprintf(m->out, " %s=\"", name);
    put_escaped(m->out, value);
    fputc('"', m->out);
}

void
markup_text(struct markup *m, const char *name, const char *lang,
            const char *text)
{
    start(m, name);
    if (lang)
        fprintf(m->out, " lang=\"%s\"", lang);
    fputc('>', m->out);
    put_escaped(m->out, text);
    fprintf(m->out, "</%s>\n", name);
}
