/* One-shot timers on the GLib loop. */
#include "timer.h"

#include <stdlib.h>

#include <glib.h>

#include "clock.h"
#include "xalloc.h"

struct timer {
    struct timer **place;
    guint source;
    void (*fn)(void *arg);
    void *arg;
};

static gboolean
fire(gpointer data)
{
    struct timer *t = data;
    void (*fn)(void *) = t->fn;
    void *arg = t->arg;

    *t->place = NULL;
    free(t);
    fn(arg);
    return G_SOURCE_REMOVE;
}

void
timer_arm(struct timer **t, int64_t delay_ms, void (*fn)(void *arg), void *arg)
{
    int64_t real_ms = clock_real_ms(delay_ms);

    timer_stop(t);
    *t = xcalloc(1, sizeof **t);
    (*t)->place = t;
    (*t)->fn = fn;
    (*t)->arg = arg;
    (*t)->source =
        g_timeout_add(real_ms > G_MAXUINT ? G_MAXUINT : (guint) real_ms, fire,
                      *t);
}

void
timer_stop(struct timer **t)
{
    if (!*t)
        return;
    g_source_remove((*t)->source);
    free(*t);
    *t = NULL;
}
