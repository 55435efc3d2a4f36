/* A living host that lost what VMs need takes no new ones. */
#include "scheduling.h"

#include <stdio.h>
#include <string.h>

#include "pace.h"

enum {
    FRESH_MS = 2000, /* the operator may have changed what is older */
    TROUBLE_MS = 2000,
    TROUBLE_MAX_MS = 60000,
    NAME_CUT = 100,
};

static enum scheduling_step
change_of(const struct scheduling *s)
{
    if (s->has_faults && !s->is_disabled && !s->is_braked)
        return SCHEDULING_SHUT;
    if (!s->has_faults && scheduling_is_shut(s))
        return SCHEDULING_OPEN;
    return SCHEDULING_NOTHING;
}

enum scheduling_step
scheduling_next(const struct scheduling *s, int64_t now_ms,
                int64_t *ret_wake_ms)
{
    enum scheduling_step change;

    *ret_wake_ms = 0;
    if (s->is_busy || !s->is_watched || s->certainty != NODE_ALIVE)
        return SCHEDULING_NOTHING;
    if (now_ms < s->retry_ms) {
        *ret_wake_ms = s->retry_ms;
        return SCHEDULING_NOTHING;
    }
    if (!s->is_known)
        return SCHEDULING_READ;
    change = s->has_service ? change_of(s) : SCHEDULING_NOTHING;
    if (change != SCHEDULING_NOTHING && now_ms - s->read_ms > FRESH_MS)
        return SCHEDULING_READ;
    return change;
}

bool
scheduling_is_shut(const struct scheduling *s)
{
    return s->is_disabled && s->is_ours;
}

void
scheduling_brake(struct scheduling *const *list, size_t n, unsigned limit)
{
    unsigned n_shut = 0;

    for (size_t i = 0; i < n; i++)
        n_shut += scheduling_is_shut(list[i]);
    for (size_t i = 0; i < n; i++) {
        bool wants = list[i]->has_faults && !scheduling_is_shut(list[i]);

        list[i]->is_braked = wants && n_shut >= limit;
        n_shut += wants && !list[i]->is_braked;
    }
}

void
scheduling_reason(const struct fault *f, size_t n,
                  char ret_text[SCHEDULING_REASON_MAX + 1])
{
    char more[sizeof " and 18446744073709551615 more"] = "";

    if (n > 1)
        snprintf(more, sizeof more, " and %zu more", n - 1);
    snprintf(ret_text, SCHEDULING_REASON_MAX + 1, "%s %.*s: %s%s %s",
             f->kind == FAULT_MOUNT ? "mount" : "process", NAME_CUT, f->name,
             fault_why_name(f->why), more, SCHEDULING_TOKEN);
}

void
scheduling_on_report(struct scheduling *s, bool is_watched, bool has_faults)
{
    if (is_watched == s->is_watched && has_faults == s->has_faults)
        return;
    s->is_watched = is_watched;
    s->has_faults = has_faults;
    s->is_known = false;
}

void
scheduling_reset(struct scheduling *s)
{
    s->is_watched = s->has_faults = s->is_known = false;
    s->is_disabled = s->is_ours = false;
}

void
scheduling_on_service(struct scheduling *s, bool is_there, bool is_disabled,
                      const char *reason, int64_t asked_ms)
{
    s->n_troubles = 0;
    s->is_known = true;
    s->has_service = is_there;
    s->is_disabled = is_disabled;
    s->is_ours = is_disabled && reason && strstr(reason, SCHEDULING_TOKEN);
    s->read_ms = asked_ms;
}

void
scheduling_on_put(struct scheduling *s)
{
    s->is_known = false;
}

void
scheduling_on_trouble(struct scheduling *s, int64_t now_ms)
{
    s->is_known = false;
    s->retry_ms =
        now_ms + pace_doubled_ms(TROUBLE_MS, s->n_troubles++, TROUBLE_MAX_MS);
}
