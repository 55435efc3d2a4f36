/* Time, which tests may let run faster. */
#include "clock.h"

#include <time.h>

static int64_t speed = 1;
static int64_t mono_base, wall_base;

static int64_t
read_ms(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (int64_t) t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
clock_mono_ms(void)
{
    int64_t now = read_ms(CLOCK_MONOTONIC);

    return mono_base + (now - mono_base) * speed;
}

int64_t
clock_wall_ms(void)
{
    int64_t now = read_ms(CLOCK_REALTIME);

    return wall_base + (now - wall_base) * speed;
}

int64_t
clock_real_ms(int64_t ms)
{
    return ms <= 0 ? 0 : (ms + speed - 1) / speed;
}

void
clock_set_speed(unsigned factor)
{
    speed = factor;
    mono_base = read_ms(CLOCK_MONOTONIC);
    wall_base = read_ms(CLOCK_REALTIME);
}
