/* A list of keys and values, or of values alone. */
#include "pairs.h"

#include <stdlib.h>
#include <string.h>

#include "xalloc.h"

void
pairs_add(struct pairs *p, const char *key, const char *value)
{
    p->items = xrealloc(p->items, p->n + 1, sizeof *p->items);
    p->items[p->n++] = (struct pair){ .key = key ? xstrdup(key) : NULL,
                                      .value = xstrdup(value) };
}

const char *
pairs_find(const struct pairs *p, const char *key)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->items[i].key && strcmp(p->items[i].key, key) == 0)
            return p->items[i].value;
    return NULL;
}

void
pairs_clear(struct pairs *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free(p->items[i].key);
        free(p->items[i].value);
    }
    free(p->items);
    *p = (struct pairs){ 0 };
}
