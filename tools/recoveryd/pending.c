/* Questions that are under way. */
#include "pending.h"

#include <stdlib.h>

#include "clock.h"
#include "xalloc.h"

void *
pending_new(struct daemon *d, struct pending **list, const char *node,
            size_t size)
{
    struct pending *p = xcalloc(1, size);

    p->d = d;
    p->list = list;
    p->next = *list;
    if (p->next)
        p->next->prev = p;
    *list = p;
    p->node = node ? xstrdup(node) : NULL;
    p->asked_ms = clock_mono_ms();
    return p;
}

void
pending_free(void *question)
{
    struct pending *p = question;

    if (p->prev)
        p->prev->next = p->next;
    else
        *p->list = p->next;
    if (p->next)
        p->next->prev = p->prev;
    if (p->clear)
        p->clear(question);
    free(p->node);
    free(p);
}

void
pending_freep(void *variable)
{
    void *question = *(void **) variable;

    if (question)
        pending_free(question);
}

size_t
pending_count(const struct pending *list)
{
    size_t n = 0;

    for (; list; list = list->next)
        n++;
    return n;
}

void
pending_forget(struct pending **list)
{
    while (*list)
        pending_free(*list);
}
