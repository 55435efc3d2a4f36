/* openmetrics.c: the text of metrics. */
#include "openmetrics.h"

#include "tap.h"

static const struct om_label none[] = { { NULL, NULL } };
static const struct om_label two[] = { { "resource", "vm\"h\\a\n" },
                                       { "kind", "x" },
                                       { NULL, NULL } };

static void
test_samples(void)
{
    CLEANUP_BUF struct buf b = BUF_INIT(4096);

    om_family(&b, "a", OM_GAUGE, "Some help.");
    om_sample(&b, "a", OM_GAUGE, two, 2.5);
    om_family(&b, "b", OM_COUNTER, "More.");
    om_sample(&b, "b", OM_COUNTER, none, 12345678);
    om_end(&b);
    is_str(buf_str(&b), "# TYPE a gauge\n# HELP a Some help.\n"
                        "a{resource=\"vm\\\"h\\\\a\\n\",kind=\"x\"} 2.5\n"
                        "# TYPE b counter\n# HELP b More.\n"
                        "b_total 12345678\n# EOF\n");
}

static void
test_histogram(void)
{
    CLEANUP_BUF struct buf b = BUF_INIT(4096);
    struct om_histogram h = { { 0 }, 0 };

    ok(om_is_empty(&h));
    om_observe(&h, 7200);
    ok(!om_is_empty(&h));
    om_observe(&h, 0.05); /* a bound is of its own bucket */
    om_observe(&h, 0.07);
    om_histogram(&b, "t", two + 1, &h);
    has_str(buf_str(&b), "t_bucket{kind=\"x\",le=\"0.05\"} 1\n"
                         "t_bucket{kind=\"x\",le=\"0.1\"} 2\n"
                         "t_bucket{kind=\"x\",le=\"0.25\"} 2\n");
    has_str(buf_str(&b), "t_bucket{kind=\"x\",le=\"3600.0\"} 2\n"
                         "t_bucket{kind=\"x\",le=\"+Inf\"} 3\n"
                         "t_count{kind=\"x\"} 3\n"
                         "t_sum{kind=\"x\"} 7200.12\n");
}

TAP_MAIN({ "samples", test_samples }, { "histograms", test_histogram })
