/* lib/policy: a compute host's report, as text and back. */
#include <stdio.h>
#include <string.h>

#include "report.h"
#include "tap.h"

#define ID1 "0b1c2d3e-0000-4000-8000-000000000001"
#define ID2 "a1b2c3d4-0000-4000-8000-000000000002"

/* clang-format off */
static const struct {
    const char *head, *list;
    struct report report;
} good[] = {
    { "v1;0;0;ok", "v1;0;", { 0 } },
    { "v1;7;1;vm:crash", "v1;7;vm:" ID1 ":crash@1795419841",
      { .seq = 7, .n = 1, .faults = {
          { FAULT_VM, WHY_CRASH, 1795419841, ID1 } } } },
    { "v1;18446744073709551615;5;mount:hang",
      "v1;18446744073709551615;mount:/var/lib/nova/instances:hang@0,"
      "proc:libvirtd:down@5,vm:" ID2 ":io@9223372036854775807,more=2",
      { .seq = UINT64_MAX, .n = 3, .more = 2, .faults = {
          { FAULT_MOUNT, WHY_HANG, 0, "/var/lib/nova/instances" },
          { FAULT_PROCESS, WHY_DOWN, 5, "libvirtd" },
          { FAULT_VM, WHY_IO, INT64_MAX, ID2 } } } },
};

static const char *const bad_heads[] = {
    "", "v1", "v1;", "v1;1", "v1;1;", "v1;1;0", "v1;1;0;", "v1;1;1;ok",
    "v1;1;0;vm:crash", "v1;1;0;ok;", "v2;1;0;ok", "v1;-1;0;ok", "v1;x;0;ok",
    "v1;1;1;vm", "v1;1;1;vm:", "v1;1;1;vm:bad", "v1;1;1;cat:crash",
    "v1;1;1;vm:crash ", "v1;18446744073709551616;0;ok",
    "v1;1;4294967296;vm:crash",
    "v1;000000000000000000000000000000000000000000000000000000001;0;ok",
};

static const char *const bad_lists[] = {
    "", "v1;1", "v2;1;", "v1;;", "v1;1;,", "v1;1;vm:" ID1 ":crash@1,",
    "v1;1;vm:" ID1 ":crash", "v1;1;vm:" ID1 ":crash@", "v1;1;vm:" ID1 "@1",
    "v1;1;vm:0b1c2d3e:crash@1", "v1;1;vm:" ID1 ":crash@-1",
    "v1;1;vm:" ID1 ":crash@9223372036854775808", "v1;1;proc::down@1",
    "v1;1;proc:a b:down@1", "v1;1;proc:a;b:down@1", "v1;1;more=0", "v1;1;more=",
    "v1;1;more=1,more=1", "v1;1;more=1,vm:" ID1 ":crash@1",
    ("v1;1;proc:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaa:down@1"),
};
/* clang-format on */

static bool
equal(const struct report *a, const struct report *b)
{
    if (a->seq != b->seq || a->n != b->n || a->more != b->more)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        const struct fault *x = &a->faults[i], *y = &b->faults[i];

        if (x->kind != y->kind || x->why != y->why ||
            x->since_s != y->since_s || strcmp(x->name, y->name) != 0)
            return false;
    }
    return true;
}

static void
test_good(void)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char head[REPORT_PUBLIC_MAX + 1], list[REPORT_LIST_MAX + 1];
        struct report_head h = { 0 };
        struct report r = { 0 };
        struct vmha_error err;

        report_head_format(&good[i].report, head);
        is_str(head, good[i].head);
        report_list_format(&good[i].report, list);
        is_str(list, good[i].list);
        ok_msg(report_head_parse(head, &h, &err) == 0 &&
                   h.seq == good[i].report.seq &&
                   h.count == good[i].report.n + good[i].report.more &&
                   (!h.count || (h.kind == good[i].report.faults[0].kind &&
                                 h.why == good[i].report.faults[0].why)),
               "head %zu is read back", i);
        ok_msg(report_list_parse(list, &r, &err) == 0 &&
                   equal(&r, &good[i].report),
               "list %zu is read back", i);
    }
}

static void
test_bad(void)
{
    struct report_head h;
    struct report r;
    struct vmha_error err;

    for (size_t i = 0; i < sizeof bad_heads / sizeof *bad_heads; i++)
        ok_msg(report_head_parse(bad_heads[i], &h, &err) == -1 &&
                   err.kind == VMHA_E_INPUT,
               "no head: '%s'", bad_heads[i]);
    for (size_t i = 0; i < sizeof bad_lists / sizeof *bad_lists; i++)
        ok_msg(report_list_parse(bad_lists[i], &r, &err) == -1 &&
                   err.kind == VMHA_E_INPUT,
               "no list: '%s'", bad_lists[i]);
}

/* What finds no place is counted; what is written can be read. */
static void
test_full(void)
{
    struct report r = { .seq = UINT64_MAX, .more = 5 }, again;
    char list[REPORT_LIST_MAX + 1];
    struct vmha_error err;

    for (; r.n < REPORT_FAULTS_MAX; r.n++) {
        r.faults[r.n] = (struct fault){ FAULT_VM, WHY_WATCHDOG, INT64_MAX, "" };
        ok(fault_set_name(&r.faults[r.n], ID1) == 0);
    }
    report_list_format(&r, list);
    ok_msg(report_list_parse(list, &again, &err) == 0 && again.n > 20 &&
               again.n + again.more == REPORT_FAULTS_MAX + 5,
           "a full list: %zu bytes, %zu faults and %u more", strlen(list),
           again.n, again.more);
}

static void
test_names(void)
{
    struct fault f = { .kind = FAULT_VM };

    ok(fault_set_name(&f, "libvirtd") == -1);
    f.kind = FAULT_PROCESS;
    ok(fault_set_name(&f, "a,b") == -1 && f.name[0] == '\0');
    ok(fault_set_name(&f, "libvirtd") == 0);
}

/* What concerns the whole host goes before its VMs, and is not cut. */
static void
test_first(void)
{
    struct fault f = { FAULT_PROCESS, WHY_DOWN, 7, "libvirtd" };
    struct report r = { 0 };

    report_put_first(&r, &f);
    is_int(r.n, 1);
    for (int i = 0; i < REPORT_FAULTS_MAX; i++) {
        f.since_s = i;
        report_put_first(&r, &f);
    }
    is_int(r.n, REPORT_FAULTS_MAX);
    is_int(r.more, 1);
    is_int(r.faults[0].since_s, REPORT_FAULTS_MAX - 1);
    is_int(r.faults[REPORT_FAULTS_MAX - 1].since_s, 0);
}

/* 300 hosts that fault at once: what Pacemaker's CIB grows by, in which each
 * has its "ok", and where the cluster had forgotten even that.
 */
static void
test_cib(void)
{
    static const char nvpair[] =
        "<nvpair id=\"status-%s-vmha-faults\" name=\"vmha-faults\" "
        "value=\"%s\"/>\n";
    enum { HOSTS = 300, LIMIT = 64 * 1024 };
    struct report r = { .seq = 1795419841, .n = REPORT_FAULTS_MAX };
    char head[REPORT_PUBLIC_MAX + 1], ok_head[REPORT_PUBLIC_MAX + 1];
    char host[] = "compute-000.rack-00.example.org";
    int with, without;

    r.more = UINT32_MAX - REPORT_FAULTS_MAX;
    r.faults[0] = (struct fault){ FAULT_MOUNT, WHY_WATCHDOG, 0, "/" };
    report_head_format(&r, head);
    report_head_format(&(struct report){ .seq = r.seq }, ok_head);
    with = snprintf(NULL, 0, nvpair, host, head);
    without = snprintf(NULL, 0, nvpair, host, ok_head);
    ok_msg(HOSTS * (with - without) < LIMIT / 8, "%d bytes more",
           HOSTS * (with - without));
    ok_msg(HOSTS * with < LIMIT, "%d bytes", HOSTS * with);
}

TAP_MAIN({ "written and read back", test_good },
         { "anything else is refused", test_bad },
         { "what finds no place is counted", test_full },
         { "names are checked", test_names },
         { "what is put first", test_first },
         { "300 hosts at once stay small in the CIB", test_cib })
