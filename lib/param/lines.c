/* The lines of a text of name=value pairs. */
#include "lines.h"

#include <string.h>

#include "param.h"
#include "xalloc.h"

void
lines_init(struct lines *l, const char *text, size_t len)
{
    *l = (struct lines){ .at = text, .end = text + len };
}

void
lines_clear(struct lines *l)
{
    xstrset(&l->name, NULL);
    xstrset(&l->value, NULL);
}

static void
split(struct lines *l, const char *start, size_t len)
{
    const char *equals = memchr(start, '=', len);
    size_t name_len = equals ? (size_t) (equals - start) : len;

    l->name = xstrndup(start, name_len);
    if (equals)
        l->value = xstrndup(equals + 1, len - name_len - 1);
}

int
lines_next(struct lines *l, struct vmha_error *err)
{
    lines_clear(l);
    while (l->at < l->end) {
        size_t left = (size_t) (l->end - l->at);
        const char *start = l->at, *nl = memchr(start, '\n', left);
        const char *stop = nl ? nl : l->end;

        l->at = nl ? nl + 1 : l->end;
        l->number++;
        while (start < stop && (*start == ' ' || *start == '\t'))
            start++;
        if (start < stop && stop[-1] == '\r')
            stop--;
        size_t len = (size_t) (stop - start);
        if (len > PARAM_LINE_MAX)
            return vmha_fail(err, VMHA_E_INPUT, 0, "line %u: too long",
                             l->number);
        if (len && memchr(start, '\0', len))
            return vmha_fail(err, VMHA_E_INPUT, 0, "line %u: contains a NUL",
                             l->number);
        if (len == 0 || *start == '#')
            continue;
        split(l, start, len);
        return 1;
    }
    return 0;
}
