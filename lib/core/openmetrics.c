/* The text of OpenMetrics 1.0. */
#include "openmetrics.h"

#include <inttypes.h>
#include <stdio.h>

#include "cleanup.h"

const double om_bounds[OM_BOUNDS] = { 0.05, 0.1, 0.25, 0.5, 1,   2.5,  5,   10,
                                      30,   60,  120,  300, 600, 1800, 3600 };

const char *
om_type_name(enum om_type type)
{
    static const char *const names[] = {
        [OM_GAUGE] = "gauge",
        [OM_COUNTER] = "counter",
        [OM_HISTOGRAM] = "histogram",
    };

    return names[type];
}

void
om_observe(struct om_histogram *h, double seconds)
{
    size_t i = 0;

    while (i < OM_BOUNDS && seconds > om_bounds[i])
        i++;
    h->n[i]++;
    h->sum += seconds;
}

bool
om_is_empty(const struct om_histogram *h)
{
    for (size_t i = 0; i <= OM_BOUNDS; i++)
        if (h->n[i])
            return false;
    return true;
}

void
om_family(struct buf *b, const char *name, enum om_type type, const char *help)
{
    (void) buf_printf(b, "# TYPE %s %s\n# HELP %s %s\n", name,
                      om_type_name(type), name, help);
}

static void
put_value(struct buf *b, const char *value)
{
    for (; *value; value++)
        if (*value == '\n')
            (void) buf_add_str(b, "\\n");
        else if (*value == '"' || *value == '\\')
            (void) buf_printf(b, "\\%c", *value);
        else
            (void) buf_add(b, value, 1);
}

/* LE: the label of a bucket, or NULL. */
static void
put_sample(struct buf *b, const char *name, const char *suffix,
           const struct om_label *labels, const char *le, double value)
{
    const char *before = "{";

    (void) buf_printf(b, "%s%s", name, suffix);
    for (const struct om_label *l = labels; l->name; l++, before = ",") {
        (void) buf_printf(b, "%s%s=\"", before, l->name);
        put_value(b, l->value);
        (void) buf_add_str(b, "\"");
    }
    if (le) {
        (void) buf_printf(b, "%sle=\"%s\"", before, le);
        before = ",";
    }
    (void) buf_printf(b, "%s %.15g\n", *before == ',' ? "}" : "", value);
}

void
om_sample(struct buf *b, const char *name, enum om_type type,
          const struct om_label *labels, double value)
{
    put_sample(b, name, type == OM_COUNTER ? "_total" : "", labels, NULL,
               value);
}

void
om_histogram(struct buf *b, const char *name, const struct om_label *labels,
             const struct om_histogram *h)
{
    uint64_t n = 0;
    char le[32];

    for (size_t i = 0; i < OM_BOUNDS; i++) {
        n += h->n[i];
        snprintf(le, sizeof le, om_bounds[i] < 1 ? "%g" : "%.1f", om_bounds[i]);
        put_sample(b, name, "_bucket", labels, le, (double) n);
    }
    n += h->n[OM_BOUNDS];
    put_sample(b, name, "_bucket", labels, "+Inf", (double) n);
    put_sample(b, name, "_count", labels, NULL, (double) n);
    put_sample(b, name, "_sum", labels, NULL, h->sum);
}

void
om_end(struct buf *b)
{
    (void) buf_add_str(b, "# EOF\n");
}
