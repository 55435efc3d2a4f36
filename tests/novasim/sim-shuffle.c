/* Answers that go to the wrong request. */
#include "sim-shuffle.h"

struct answer {
    int status; /* 0: none is kept */
    GString *out;
    GPtrArray *headers;
};

static struct answer kept;

/* Exchange the answer of R with another. */
static void
exchange(struct sim_req *r, struct answer *with)
{
    struct answer own = { r->status, r->out, r->headers };

    r->status = with->status;
    r->out = with->out;
    r->headers = with->headers;
    *with = own;
}

static void
drop(struct answer *a)
{
    if (!a->out)
        return;
    g_string_free(a->out, TRUE);
    g_ptr_array_unref(a->headers);
    *a = (struct answer){ 0 };
}

void
sim_shuffle_swap(struct sim_req *a, struct sim_req *b)
{
    struct answer from_a = { a->status, a->out, a->headers };

    exchange(b, &from_a);
    a->status = from_a.status;
    a->out = from_a.out;
    a->headers = from_a.headers;
}

void
sim_shuffle_keep(const struct sim_req *r)
{
    drop(&kept);
    kept.status = r->status;
    kept.out = g_string_new_len(r->out->str, (gssize) r->out->len);
    kept.headers = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < r->headers->len; i++)
        g_ptr_array_add(kept.headers, g_strdup(r->headers->pdata[i]));
}

void
sim_shuffle_give(struct sim_req *r)
{
    if (!kept.out)
        return;
    exchange(r, &kept);
    drop(&kept);
}
