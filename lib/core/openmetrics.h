/* The text of OpenMetrics 1.0: families of gauges, counters and histograms.
 * What is written here is also what Prometheus' older text format takes, which
 * the node exporter reads.
 */
#ifndef VMHA_OPENMETRICS_H
#define VMHA_OPENMETRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum om_type { OM_GAUGE, OM_COUNTER, OM_HISTOGRAM };

/* "name" = "value", up to a NULL name. */
struct om_label {
    const char *name, *value;
};

/* Times in seconds, by the bounds of om_bounds[]. */
enum { OM_BOUNDS = 15 };
extern const double om_bounds[OM_BOUNDS];
struct om_histogram {
    uint64_t n[OM_BOUNDS + 1]; /* not cumulated; the last: above all bounds */
    double sum;
};
void om_observe(struct om_histogram *h, double seconds);
bool om_is_empty(const struct om_histogram *h);

const char *om_type_name(enum om_type type);

/* The head of a family; its samples must follow. */
void om_family(struct buf *b, const char *name, enum om_type type,
               const char *help);
void om_sample(struct buf *b, const char *name, enum om_type type,
               const struct om_label *labels, double value);
void om_histogram(struct buf *b, const char *name,
                  const struct om_label *labels, const struct om_histogram *h);
void om_end(struct buf *b);

#endif
