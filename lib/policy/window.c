/* How many evacuate calls may be in flight. */
#include "window.h"

enum {
    START = 8,
    /* Answers may take this many times the best one before we stop growing:
     * beyond it the calls only queue inside the cloud. */
    SLOWER = 8,
    /* Quicker than this is always quick. */
    QUICK_MS = 250,
};

void
window_init(struct window *w, unsigned max)
{
    *w = (struct window){ .size = max < START ? max : START, .max = max };
}

static bool
is_quick(const struct window *w, int64_t took_ms)
{
    return took_ms <= QUICK_MS || took_ms <= w->best_ms * SLOWER;
}

void
window_answer(struct window *w, bool is_good, int64_t took_ms)
{
    if (!is_good) {
        w->size = w->size > 1 ? w->size / 2 : 1;
        w->answered = 0;
        return;
    }
    if (w->best_ms == 0 || took_ms < w->best_ms)
        w->best_ms = took_ms > 0 ? took_ms : 1;
    if (!is_quick(w, took_ms) || ++w->answered < w->size)
        return;
    w->answered = 0;
    if (w->size < w->max)
        w->size++;
}
