/* How often a host has failed of late. */
#include "flaps.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "certainty.h"
#include "scan.h"

static const int64_t NS_PER_S = 1000000000;

static int
parse_times(const char *text, struct flaps *f)
{
    while (*text) {
        size_t len = strcspn(text, ",");
        char digits[24];
        uint64_t s;

        if (len >= sizeof digits || f->n == FLAPS_MAX)
            return -1;
        memcpy(digits, text, len);
        digits[len] = '\0';
        if (scan_u64(digits, &s) == -1 || s > UINT32_MAX ||
            (f->n && (int64_t) s <= f->at_s[f->n - 1]))
            return -1;
        f->at_s[f->n++] = (int64_t) s;
        text += len + (text[len] == ',');
    }
    return 0;
}

int
flaps_parse(const char *value, struct flaps *ret_flaps, struct vmha_error *err)
{
    struct flaps f = { 0 };
    char again[FLAPS_TEXT_MAX];

    if (strncmp(value, "v1;", 3) == 0 && parse_times(value + 3, &f) == 0) {
        flaps_format(&f, again);
        if (strcmp(again, value) == 0) {
            *ret_flaps = f;
            return 0;
        }
    }
    return vmha_fail(err, VMHA_E_INPUT, 0,
                     "'%.80s' is no list of a host's failures", value);
}

void
flaps_format(const struct flaps *f, char ret_value[FLAPS_TEXT_MAX])
{
    snprintf(ret_value, FLAPS_TEXT_MAX, "v1;");
    for (unsigned i = 0; i < f->n; i++) {
        size_t len = strlen(ret_value);

        snprintf(ret_value + len, FLAPS_TEXT_MAX - len, "%s%" PRId64,
                 i ? "," : "", f->at_s[i]);
    }
}

/* Times of the same fencing differ: each fencer has its own clock. */
static bool
is_same(int64_t s, int64_t ns)
{
    int64_t there_ns = s * NS_PER_S;

    return !fencing_is_later(ns - ns % NS_PER_S, there_ns) &&
           !fencing_is_later(there_ns, ns - ns % NS_PER_S);
}

bool
flaps_have(const struct flaps *f, int64_t ns)
{
    for (unsigned i = 0; i < f->n; i++)
        if (is_same(f->at_s[i], ns))
            return true;
    return f->n == FLAPS_MAX && ns / NS_PER_S < f->at_s[0];
}

void
flaps_add(struct flaps *f, int64_t ns)
{
    unsigned i;

    if (flaps_have(f, ns))
        return;
    if (f->n == FLAPS_MAX)
        memmove(&f->at_s[0], &f->at_s[1], --f->n * sizeof f->at_s[0]);
    for (i = f->n++; i > 0 && f->at_s[i - 1] > ns / NS_PER_S; i--)
        f->at_s[i] = f->at_s[i - 1];
    f->at_s[i] = ns / NS_PER_S;
}

unsigned
flaps_count(const struct flaps *f, int64_t ns, int64_t window_ms)
{
    unsigned n = 0;

    for (unsigned i = 0; i < f->n; i++)
        n += (ns / NS_PER_S - f->at_s[i]) * 1000 <= window_ms;
    return n;
}

/* They go together, once all are old. */
struct flaps
flaps_to_note(const struct flaps_facts *f)
{
    struct flaps all = f->noted;

    if (f->earlier_ns)
        flaps_add(&all, f->earlier_ns);
    if (f->back_ns)
        flaps_add(&all, f->back_ns);
    if (!f->is_counted ||
        (!f->has_failed && flaps_count(&all, f->now_ns, f->window_ms) == 0))
        all.n = 0;
    return all;
}
