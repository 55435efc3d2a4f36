/* lib/policy: the window of calls in flight. */
#include "tap.h"
#include "window.h"

enum { MAX = 32 };

static void
answer_many(struct window *w, unsigned n, bool is_good, int64_t took_ms)
{
    for (unsigned i = 0; i < n; i++)
        window_answer(w, is_good, took_ms);
}

static void
test_limits(void)
{
    struct window w;

    window_init(&w, 2);
    is_int(w.size, 2);
    window_init(&w, MAX);
    ok(w.size > 1 && w.size < MAX);
    answer_many(&w, 10000, true, 10);
    is_int(w.size, MAX);
    answer_many(&w, 100, false, 10);
    is_int(w.size, 1);
}

static void
test_halves_and_recovers(void)
{
    struct window w;

    window_init(&w, MAX);
    answer_many(&w, 10000, true, 10);
    window_answer(&w, false, 10);
    is_int(w.size, MAX / 2);
    answer_many(&w, MAX / 2 - 1, true, 10);
    is_int(w.size, MAX / 2);
    window_answer(&w, true, 10);
    is_int(w.size, MAX / 2 + 1);
}

/* From the floor it comes back, one step for each window of good answers. */
static void
test_leaves_the_floor(void)
{
    struct window w;

    window_init(&w, MAX);
    answer_many(&w, 100, false, 10);
    answer_many(&w, 1 + 2 + 3, true, 10);
    is_int(w.size, 4);
}

static void
test_slow_answers(void)
{
    static const struct {
        const char *name;
        int64_t best_ms, took_ms;
        bool grows;
    } table[] = {
        { "as ever", 1000, 1000, true },
        { "a little slower", 1000, 8000, true },
        { "much slower", 1000, 8001, false },
        { "much slower, but quick", 1, 250, true },
        { "no longer quick", 1, 251, false },
        { "no time at all", 1, 0, true },
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct window w;
        unsigned start;

        window_init(&w, MAX);
        window_answer(&w, true, table[i].best_ms);
        start = w.size;
        answer_many(&w, 2 * MAX, true, table[i].took_ms);
        ok_msg((w.size > start) == table[i].grows, "%s: %u", table[i].name,
               w.size);
    }
}

TAP_MAIN({ "stays between one and its maximum", test_limits },
         { "halves on a bad answer", test_halves_and_recovers },
         { "leaves the floor again", test_leaves_the_floor },
         { "does not grow while answers get slow", test_slow_answers })
