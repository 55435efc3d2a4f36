/* Settings, clocks, timers, ids. */
#include "sim-base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <glib.h>

struct sim_settings sim_set = {
    .speed = 1,
    .accept_ms = 500,
    .spawn_ms = 3000,
    .finish_ms = 50,
    .stop_ms = 500,
    .start_ms = 500,
    .delete_ms = 300,
    .init_ms = 1000,
    .report_ms = 10000,
    .down_ms = 60000,
    .lifecycle_ms = 15000,
    .sync_power_ms = 600000,
    .token_ttl_ms = 3600000,
    .max_minor = 93,
    .max_limit = 1000,
};

struct setting {
    const char *name;
    size_t offset;
    int64_t min, max;
};

/* clang-format off */
#define SETTING(name, min, max) { #name, offsetof(struct sim_settings, name), min, max }
static const struct setting settings[] = {
    SETTING(speed, 1, 1000),
    SETTING(accept_ms, 0, INT32_MAX),
    SETTING(spawn_ms, 0, INT32_MAX),
    SETTING(finish_ms, 0, INT32_MAX),
    SETTING(slots, 0, 10000),
    SETTING(no_group_check, 0, 1),
    SETTING(strict_saves, 0, 1),
    SETTING(stop_ms, 0, INT32_MAX),
    SETTING(start_ms, 0, INT32_MAX),
    SETTING(delete_ms, 0, INT32_MAX),
    SETTING(init_ms, 0, INT32_MAX),
    SETTING(report_ms, 1, INT32_MAX),
    SETTING(down_ms, 1, INT32_MAX),
    SETTING(lifecycle_ms, 0, INT32_MAX),
    SETTING(sync_power_ms, 0, INT32_MAX),
    SETTING(token_ttl_ms, 0, INT32_MAX),
    SETTING(clock_offset_ms, -INT32_MAX, INT32_MAX),
    SETTING(max_minor, 1, 999),
    SETTING(max_limit, 1, 100000),
    SETTING(old_computes, 0, 1),
    SETTING(project_in_url, 0, 1),
};
/* clang-format on */

static int64_t *
setting_value(const struct setting *s)
{
    return (int64_t *) (void *) ((char *) &sim_set + s->offset);
}

int
sim_setting(const char *name, int64_t value)
{
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
        if (strcmp(settings[i].name, name) != 0)
            continue;
        if (value < settings[i].min || value > settings[i].max)
            return -1;
        *setting_value(&settings[i]) = value;
        return 0;
    }
    return -1;
}

const char *
sim_setting_nth(size_t n, int64_t *ret_value)
{
    if (n >= G_N_ELEMENTS(settings))
        return NULL;
    *ret_value = *setting_value(&settings[n]);
    return settings[n].name;
}

int64_t
sim_wall_ms(void)
{
    return g_get_real_time() / 1000;
}

int64_t
sim_now_ms(void)
{
    return sim_wall_ms() + sim_set.clock_offset_ms;
}

int64_t
sim_scaled(int64_t ms)
{
    return ms / sim_set.speed;
}

/* --- timers: a binary heap --------------------------------------------------
 */

struct entry {
    int64_t at; /* monotonic microseconds */
    uint64_t order;
    void (*fn)(void *arg);
    void *arg;
};

static GArray *heap;
static uint64_t next_order;

static struct entry *
heap_at(guint i)
{
    return &g_array_index(heap, struct entry, i);
}

static bool
is_before(const struct entry *a, const struct entry *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void
heap_swap(guint i, guint j)
{
    struct entry e = *heap_at(i);

    *heap_at(i) = *heap_at(j);
    *heap_at(j) = e;
}

void
sim_after(int64_t real_ms, void (*fn)(void *arg), void *arg)
{
    struct entry e = { g_get_monotonic_time() + real_ms * 1000, next_order++,
                       fn, arg };

    if (!heap)
        heap = g_array_new(FALSE, FALSE, sizeof(struct entry));
    g_array_append_val(heap, e);
    for (guint i = heap->len - 1; i > 0; i = (i - 1) / 2) {
        if (!is_before(heap_at(i), heap_at((i - 1) / 2)))
            break;
        heap_swap(i, (i - 1) / 2);
    }
}

static struct entry
heap_pop(void)
{
    struct entry top = *heap_at(0);

    heap_swap(0, heap->len - 1);
    g_array_set_size(heap, heap->len - 1);
    for (guint i = 0, child; (child = 2 * i + 1) < heap->len; i = child) {
        if (child + 1 < heap->len &&
            is_before(heap_at(child + 1), heap_at(child)))
            child++;
        if (!is_before(heap_at(child), heap_at(i)))
            break;
        heap_swap(i, child);
    }
    return top;
}

void
sim_run_timers(void)
{
    int64_t now = g_get_monotonic_time();

    while (heap && heap->len && heap_at(0)->at <= now) {
        struct entry e = heap_pop();

        e.fn(e.arg);
    }
}

int64_t
sim_next_timer_ms(void)
{
    int64_t us;

    if (!heap || !heap->len)
        return -1;
    us = heap_at(0)->at - g_get_monotonic_time();
    return us <= 0 ? 0 : (us + 999) / 1000;
}

/* --- ids --- */

static GRand *rng;

void
sim_seed(uint32_t seed)
{
    if (rng)
        g_rand_free(rng);
    rng = g_rand_new_with_seed(seed);
}

uint32_t
sim_random(uint32_t below)
{
    return below ? g_rand_int(rng) % below : 0;
}

void
sim_uuid(char buf[SIM_UUID_LEN + 1])
{
    uint32_t a = g_rand_int(rng), b = g_rand_int(rng), c = g_rand_int(rng),
             d = g_rand_int(rng);

    snprintf(buf, SIM_UUID_LEN + 1, "%08x-%04x-4%03x-%04x-%04x%08x", a, b >> 16,
             b & 0xfff, 0x8000 | (c >> 18), c & 0xffff, d);
}

void
sim_request_id(char buf[SIM_REQUEST_ID_LEN + 1])
{
    memcpy(buf, "req-", 4);
    sim_uuid(buf + 4);
}

void
sim_die(const char *fmt, ...)
{
    va_list ap;

    fputs("vmha-novasim: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(2);
}
