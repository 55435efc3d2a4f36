/* The replies to one request, put together from their parts. */
#include "replies.h"

#include <stdlib.h>
#include <string.h>

#include "xalloc.h"

bool
reply_is_whole(const struct reply *p)
{
    return p->parts && p->n_parts == p->parts;
}

static struct reply *
find(struct replies *r, const struct wire *w, uint32_t node_id, uint32_t pid)
{
    for (size_t i = 0; i < r->n; i++) {
        struct reply *p = &r->list[i];

        if (p->node_id == node_id && p->pid == pid &&
            strcmp(p->instance, w->instance) == 0)
            return p;
    }
    return NULL;
}

static struct reply *
append(struct replies *r, const struct wire *w, uint32_t node_id, uint32_t pid)
{
    struct reply *p;

    if (r->n == REPLIES_MAX)
        return NULL;
    r->list = xrealloc(r->list, r->n + 1, sizeof *r->list);
    p = &r->list[r->n++];
    *p = (struct reply){
        .node_id = node_id,
        .pid = pid,
        .parts = w->parts,
        .body = BUF_INIT(REPLY_BYTES_MAX),
    };
    memcpy(p->instance, w->instance, sizeof p->instance);
    return p;
}

void
replies_add(struct replies *r, const char *id, const struct wire *w,
            uint32_t node_id, uint32_t pid)
{
    struct reply *p;

    if (!w->is_reply || strcmp(w->id, id) != 0)
        return;
    p = find(r, w, node_id, pid);
    if (!p)
        p = append(r, w, node_id, pid);
    if (!p || !p->parts || reply_is_whole(p))
        return;
    if (w->parts == p->parts && w->part == p->n_parts &&
        buf_add(&p->body, w->body, w->body_len) == 0) {
        p->n_parts++;
        return;
    }
    p->parts = 0;
    buf_clear(&p->body);
}

size_t
replies_whole(const struct replies *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++)
        n += reply_is_whole(&r->list[i]);
    return n;
}

static int
compare(const void *a, const void *b)
{
    const struct reply *x = a, *y = b;
    int order = strcmp(x->instance, y->instance);

    if (order)
        return order;
    if (x->node_id != y->node_id)
        return x->node_id < y->node_id ? -1 : 1;
    return x->pid < y->pid ? -1 : x->pid > y->pid;
}

void
replies_finish(struct replies *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++)
        if (reply_is_whole(&r->list[i]))
            r->list[n++] = r->list[i];
        else
            buf_clear(&r->list[i].body);
    r->n = n;
    if (n)
        qsort(r->list, n, sizeof *r->list, compare);
}

void
replies_clear(struct replies *r)
{
    for (size_t i = 0; i < r->n; i++)
        buf_clear(&r->list[i].body);
    free(r->list);
    *r = (struct replies){ 0 };
}
