/* lib/policy: what is wrong with the segments. */
#include <stdlib.h>

#include "cleanup.h"
#include "method.h"
#include "survey.h"
#include "tap.h"
#include "xalloc.h"

enum { NODES = 4, INSTANCES = 3 };

#define NODE(n) .name = n, .nova_host = n, .is_compute = true, .is_online = true

/* clang-format off */
static const struct {
    const char *label;
    struct survey_node nodes[NODES];
    struct survey_instance instances[INSTANCES];
    const char *want[2]; /* what the findings say, in this order */
} table[] = {
    { "one for all hosts", { { NODE("c1") }, { NODE("c2") } },
      { { .id = "v" } }, { NULL } },
    { "one for all hosts, whatever their segment",
      { { NODE("c1"), .segment = "x" } }, { { .id = "v" } }, { NULL } },
    { "full members only",
      { { .name = "n1", .nova_host = "n1" } }, { { .id = "v" } }, { NULL } },
    { "two segments", { { NODE("c1"), .segment = "a" },
                        { NODE("c2"), .segment = "b" },
                        { .name = "ctl1", .nova_host = "ctl1" } },
      { { .id = "va", .segment = "a" }, { .id = "vb", .segment = "b" } },
      { NULL } },
    { "a segment without hosts", { { NODE("c1"), .segment = "a" } },
      { { .id = "va", .segment = "a" }, { .id = "vb", .segment = "b" } },
      { "segment 'b' of resource 'vb' has no hosts: give them" } },
    { "a segment's name in other letters", { { NODE("c1"), .segment = "Rack1" } },
      { { .id = "v", .segment = "rack1" } },
      { "node 'c1' has vmha-segment 'Rack1'", "nobody recovers host 'c1'" } },
    { "a host in a segment that nobody recovers",
      { { NODE("c1"), .segment = "a" }, { NODE("c2"), .segment = "b" } },
      { { .id = "va", .segment = "a" } },
      { "nobody recovers host 'c2': no resource has its segment 'b'" } },
    { "a host without a segment, which nobody recovers",
      { { NODE("c1"), .segment = "a" }, { NODE("c2") } },
      { { .id = "va", .segment = "a" } },
      { "nobody recovers host 'c2': it has no segment" } },
    { "no resource at all", { { NODE("c1") } }, { { .id = NULL } }, { NULL } },
    { "overlap", { { NODE("c1"), .segment = "a" } },
      { { .id = "v1", .segment = "a" }, { .id = "v2", .segment = "a" } },
      { "resources 'v1' and 'v2' both claim segment 'a'",
        "resources 'v2' and 'v1' both claim segment 'a'" } },
    { "overlap without segments", { { NODE("c1") } },
      { { .id = "v1" }, { .id = "v2" } },
      { "both claim the hosts without a segment",
        "both claim the hosts without a segment" } },
    { "cloned", { { NODE("c1") } }, { { .id = "v", .is_cloned = true } },
      { "resource 'v' is cloned" } },
    { "reserved hosts only, and there is none", { { NODE("c1") } },
      { { .id = "v", .method = "reserved_host" } },
      { "nothing can be recovered" } },
    { "a reserved host of another segment does not count",
      { { NODE("c1"), .segment = "a" },
        { NODE("r"), .segment = "b", .is_reserved = true } },
      { { .id = "va", .segment = "a", .method = "rh_priority" },
        { .id = "vb", .segment = "b", .method = "rh_priority" } },
      { "resource 'va' has recovery_method 'rh_priority', but segment 'a'" } },
    { "reserved hosts as they should be",
      { { NODE("c1") }, { NODE("r"), .is_reserved = true } },
      { { .id = "v", .method = "auto_priority" } }, { NULL } },
    { "a reserved host that is down",
      { { NODE("c1") }, { .name = "r", .nova_host = "r", .is_compute = true,
                          .is_reserved = true } },
      { { .id = "v", .method = "reserved_host" } },
      { "reserved host 'r' is not online" } },
    { "a reserved host in maintenance",
      { { NODE("c1") }, { NODE("r"), .is_reserved = true, .is_resting = true } },
      { { .id = "v", .method = "reserved_host" } },
      { "reserved host 'r' is in maintenance" } },
    { "a reserved host that nobody uses",
      { { NODE("c1") }, { NODE("r"), .is_reserved = true } }, { { .id = "v" } },
      { "resource 'v' never uses reserved hosts" } },
    { "a method that is none", { { NODE("c1") } },
      { { .id = "v", .method = "manual" } }, { "recovery_method 'manual'" } },
    { "two nodes that are one host in Nova",
      { { NODE("c1") }, { NODE("c2") },
        { .name = "c3", .nova_host = "c1", .is_compute = true } },
      { { .id = "v" } }, { "' are both host 'c1' in Nova" } },
};
/* clang-format on */

struct findings {
    char *text[4];
    size_t n;
};

static void
keep(const char *text, void *arg)
{
    struct findings *f = arg;

    if (ok(f->n < N_ELEMENTS(f->text)))
        f->text[f->n++] = xstrdup(text);
}

static void
test_findings(void)
{
    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct survey s = { table[i].nodes, 0, table[i].instances, 0 };
        struct findings f = { 0 };
        size_t want = 0;

        while (s.n_nodes < NODES && s.nodes[s.n_nodes].name)
            s.n_nodes++;
        while (s.n_instances < INSTANCES && s.instances[s.n_instances].id)
            s.n_instances++;
        survey_check(&s, keep, &f);
        while (want < 2 && table[i].want[want])
            want++;
        ok_msg(f.n == want, "%s: %zu findings, the last '%s'", table[i].label,
               f.n, f.n ? f.text[f.n - 1] : "");
        for (size_t k = 0; k < f.n; k++) {
            if (k < want)
                has_str(f.text[k], table[i].want[k]);
            free(f.text[k]);
        }
    }
}

static void
test_rival(void)
{
    const struct survey_instance in[] = { { .id = "a", .segment = "x" },
                                          { .id = "b", .segment = "y" },
                                          { .id = "c", .segment = "y" } };
    struct survey s = { NULL, 0, in, N_ELEMENTS(in) };
    CLEANUP_FREE char *of_b = survey_rival(&s, "b");
    CLEANUP_FREE char *of_d = survey_rival(&s, "d");

    ok(!survey_rival(&s, "a"));
    has_str(of_b, "'b' and 'c' both claim segment 'y'");
    has_str(of_d, "has no resource 'd'");
}

static void
test_methods(void)
{
    enum recovery_method m;

    for (int i = 0; i < N_METHODS; i++)
        ok(recovery_method_of(recovery_method_name(i), &m) && (int) m == i);
    ok(!recovery_method_of("", &m));
}

TAP_MAIN({ "each finding names what is wrong", test_findings },
         { "who else claims our hosts", test_rival },
         { "the methods' names", test_methods })
