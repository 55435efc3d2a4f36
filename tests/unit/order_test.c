/* lib/policy: the order of evacuations. */
#include "cleanup.h"
#include "order.h"
#include "tap.h"

#define KEY "vmha:priority"

static void
test_priorities(void)
{
    /* clang-format off */
    static const struct {
        const char *ours, *redhats; /* NULL: not there */
        int want;
        const char *warning;
    } table[] = {
        { NULL, NULL, 0, "" },
        { "first", NULL, 500, "" },
        { "High", NULL, 250, "" },
        { "medium", NULL, 0, "" },
        { "low", NULL, -250, "" },
        { "LAST", NULL, -500, "" },
        { "0", NULL, -500, "" },
        { "500", NULL, 0, "" },
        { "1000", NULL, 500, "" },
        { "1001", NULL, 0, "metadata vmha:priority='1001' is no priority" },
        { "-1", NULL, 0, "is no priority" },
        { "urgent", NULL, 0, "'urgent' is no priority: taken for none" },
        { "", NULL, 0, "vmha:priority='' is no priority" },
        { NULL, "1", -499, "" },
        { NULL, "900", 400, "" },
        { NULL, "x", 0, "instanceha:restart_priority='x' is no priority" },
        { "high", "750", 250, "" },
        { "low", "900", -250, "vmha:priority and instanceha:restart_priority differ" },
        { "urgent", "900", 400, "'urgent' is no priority" },
        { "low", "x", -250, "'x' is no priority" },
    };
    /* clang-format on */

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct server_fact s = { .id = "x" };
        char warning[256] = "";

        if (table[i].ours)
            pairs_add(&s.metadata, KEY, table[i].ours);
        if (table[i].redhats)
            pairs_add(&s.metadata, REDHAT_PRIORITY_KEY, table[i].redhats);
        is_int(order_priority(&s, KEY, warning, sizeof warning), table[i].want);
        has_str(warning, table[i].warning);
        is_int(warning[0] != '\0', table[i].warning[0] != '\0');
        pairs_clear(&s.metadata);
    }
}

/* Red Hat's key may be the one that the administrator chose. */
static void
test_same_key(void)
{
    struct server_fact s = { .id = "x" };
    char warning[256] = "";

    pairs_add(&s.metadata, REDHAT_PRIORITY_KEY, "first");
    is_int(order_priority(&s, REDHAT_PRIORITY_KEY, warning, sizeof warning),
           PRIORITY_MAX);
    is_str(warning, "");
    pairs_clear(&s.metadata);
}

static void
test_order(void)
{
    /* from the first to the last */
    static const struct vm vms[] = {
        { .id = "f", .key = { 512, 9 }, .priority = 250 },
        { .id = "e", .key = { 4096, 2 } },
        { .id = "d", .key = { 512, 1 } },
        { .id = "b", .key = { 512, 3 } },
        { .id = "c", .key = { 512, 3 } },
        { .id = "a", .key = { 8192, 1 }, .priority = -1 },
    };

    for (size_t i = 0; i < N_ELEMENTS(vms); i++)
        for (size_t k = 0; k < N_ELEMENTS(vms); k++) {
            int order = order_compare(&vms[i], &vms[k]);

            is_int((order > 0) - (order < 0), (i > k) - (i < k));
        }
}

TAP_MAIN({ "priorities in metadata", test_priorities },
         { "one key for both", test_same_key },
         { "priority, size, UUID", test_order })
