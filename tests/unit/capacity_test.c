/* lib/policy: room that appears, and who is tried then. */
#include "capacity.h"
#include "cleanup.h"
#include "tap.h"

static struct capacity_gain
read_rooms(struct capacity *c, int64_t a_mb, int64_t b_mb, bool b_is_usable)
{
    struct capacity_fact f[] = { { "b", b_mb, b_is_usable },
                                 { "a", a_mb, true } };

    return capacity_read(c, f, N_ELEMENTS(f));
}

static void
test_gain(void)
{
    struct capacity c = { 0 };
    struct capacity_gain g = read_rooms(&c, 100, 4096, false);

    is_int(g.sum_mb, 0); /* the first reading only notes */
    g = read_rooms(&c, 100, 4096, false);
    is_int(g.sum_mb, 0);
    g = read_rooms(&c, 50, 4096, false); /* less is nothing */
    is_int(g.sum_mb, 0);
    g = read_rooms(&c, 50, 4096, true); /* a host is up, or enabled */
    is_int(g.sum_mb, 4096);
    is_int(g.largest_mb, 4096);
    g = read_rooms(&c, 600, 4096, true); /* a VM has gone */
    is_int(g.sum_mb, 550);
    is_int(g.largest_mb, 600);
    g = read_rooms(&c, 600, -200, true); /* overcommitted... */
    is_int(g.sum_mb, 0);
    g = read_rooms(&c, 600, -100, true); /* ...still no room */
    is_int(g.sum_mb, 0);
    g = capacity_read(&c, NULL, 0);
    is_int(g.sum_mb, 0);
    g = read_rooms(&c, 600, 100, true); /* hosts that are new */
    is_int(g.sum_mb, 700);
    capacity_forget(&c);
    g = read_rooms(&c, 9999, 9999, true);
    is_int(g.sum_mb, 0);
    capacity_forget(&c);
}

enum { VMS = 6, NOW = 1000 };

/* VMs of these sizes wait till 5000; which are tried now? */
static const char *
woken(const uint32_t ram_mb[VMS], int64_t sum_mb, int64_t largest_mb)
{
    static char names[VMS + 1];
    struct capacity_gain g = { sum_mb, largest_mb };
    struct vm vms[VMS] = { 0 }, *list[VMS];
    size_t n, count;

    for (size_t i = 0; i < VMS; i++) {
        vms[i].phase = VM_WAITING;
        vms[i].attempts = 3;
        vms[i].not_before_ms = 5000;
        vms[i].key.ram_mb = ram_mb[i];
        list[i] = &vms[i];
    }
    n = capacity_wake(list, VMS, &g, NOW);
    count = 0;
    for (size_t i = 0; i < VMS; i++)
        if (vms[i].not_before_ms == NOW)
            names[count++] = (char) ('a' + i);
    names[count] = '\0';
    is_int(n, count);
    return names;
}

static void
test_wake(void)
{
    static const uint32_t same[VMS] = { 512, 512, 512, 512, 512, 512 },
                          mixed[VMS] = { 8192, 2048, 1024, 512, 512, 256 };

    is_str(woken(same, 0, 0), "");
    is_str(woken(same, 512, 512), "ab"); /* RAM is overcommitted */
    is_str(woken(same, 1024, 512), "abcd");
    is_str(woken(same, 100000, 100000), "abcdef");
    is_str(woken(same, 1, 4096), "a"); /* at least one may try */
    /* one that fits nowhere holds up nobody */
    is_str(woken(mixed, 1024, 1024), "b");
    is_str(woken(mixed, 2048, 1024), "bcde");
    is_str(woken(mixed, 5120, 4096), "ab");
}

static void
test_awaited(void)
{
    struct vm v = { .phase = VM_WAITING, .attempts = 1, .not_before_ms = 5 };

    ok(capacity_is_awaited(&v, 4));
    ok_msg(!capacity_is_awaited(&v, 5), "its turn has come");
    v.attempts = 0;
    ok_msg(!capacity_is_awaited(&v, 4), "it was never refused");
    v.attempts = 1;
    v.phase = VM_UNKNOWN;
    ok_msg(!capacity_is_awaited(&v, 4), "a doubt must settle: no waking");
}

TAP_MAIN({ "room appears when there is more than before", test_gain },
         { "as many are tried as may fit, in their order", test_wake },
         { "only those that were refused wait for room", test_awaited })
