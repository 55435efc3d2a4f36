/* lib/policy: what is wrong with a mount, and since when it counts. */
#include "cleanup.h"
#include "mounts.h"
#include "tap.h"

/* clang-format off */
static const char table[] =
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=ro\n"
    "30 22 0:40 / /srv/nova rw,relatime shared:9 master:2 - nfs4 a:/nova rw,vers=4.2\n"
    "31 22 0:41 / /srv/ro ro,relatime - nfs a:/ro rw\n"
    "32 22 0:42 / /srv/broken rw,relatime - ext4 /dev/sdb ro\n"
    "33 22 0:43 / /srv/with\\040blank rw - tmpfs none rw\n"
    "34 22 0:44 / /srv/twice rw - nfs a:/t rw\n"
    "35 34 0:45 / /srv/twice rw - tmpfs none rw\n"
    "36 22 0:46 / /srv/cut rw\n"
    "\n"
    "37 22 0:47 / /srv/last rw - xfs /dev/sdc rw";

static const struct {
    struct mount_rules rules;
    enum mount_state want;
} looks[] = {
    { { "/srv/nova", NULL, false, 0, 0 },        MOUNT_OK },
    { { "/srv/nova", "nfs,nfs4", true, 0, 0 },   MOUNT_OK },
    { { "/srv/nova", "nfs nfs4", true, 0, 0 },   MOUNT_OK },
    { { "/srv/nova", "nfs", false, 0, 0 },       MOUNT_WRONG },
    { { "/srv/nov", NULL, false, 0, 0 },         MOUNT_DOWN },
    { { "/srv/nova/", NULL, false, 0, 0 },       MOUNT_DOWN },
    { { "/srv/nova/deep", NULL, false, 0, 0 },   MOUNT_DOWN },
    { { "/srv/ro", NULL, false, 0, 0 },          MOUNT_OK },
    { { "/srv/ro", NULL, true, 0, 0 },           MOUNT_WRONG },
    { { "/srv/broken", "ext4", true, 0, 0 },     MOUNT_WRONG },
    { { "/srv/with blank", NULL, true, 0, 0 },   MOUNT_OK },
    { { "/srv/twice", "nfs", true, 0, 0 },       MOUNT_WRONG },
    { { "/srv/cut", NULL, false, 0, 0 },         MOUNT_DOWN },
    { { "/srv/last", "xfs", true, 0, 0 },        MOUNT_OK },
    { { "/", "ext4", true, 0, 0 },               MOUNT_OK },
};

static const struct mount_rules rules = { "/m", NULL, true, 100, 1000 };

static const struct {
    const char *states; /* one each 60 ms: ok, down, wrong, hangs */
    const char *want;
} lasts[] = {
    { "ooo",       "ok" },
    { "odo",       "ok" },           /* it came back within its grace */
    { "odd",       "ok" },
    { "oddd",      "mount:/m:down@1000" },
    { "owhw",      "mount:/m:wrong@1000" },
    { "dddh",      "mount:/m:hang@1000" },
    { "dddo",      "mount:/m:down@1000" },
    { "dddooooooooooooooooo",   "mount:/m:down@1000" },
    { "dddooooooooooooooooooo",  "ok" },
    { "dddoooooooooodooooooooo", "mount:/m:down@1000" },
};
/* clang-format on */

static void
test_look(void)
{
    for (size_t i = 0; i < N_ELEMENTS(looks); i++)
        if (!is_int(mount_look(&looks[i].rules, table), looks[i].want))
            printf("# %s\n", looks[i].rules.path);
}

static enum mount_state
state_of(char c)
{
    return c == 'o'   ? MOUNT_OK
           : c == 'd' ? MOUNT_DOWN
           : c == 'w' ? MOUNT_WRONG
                      : MOUNT_HANGS;
}

static void
test_lasts(void)
{
    for (size_t i = 0; i < N_ELEMENTS(lasts); i++) {
        struct mount m = { 0 };
        struct watch_time now = { 0, 1000 };
        struct fault f;
        char text[128] = "ok";

        for (const char *c = lasts[i].states; *c; c++, now.mono_ms += 60)
            mount_seen(&m, &rules, state_of(*c), &now);
        if (mount_fault(&m, "/m", &f))
            snprintf(text, sizeof text, "%s:%s:%s@%d", fault_kind_name(f.kind),
                     f.name, fault_why_name(f.why), (int) f.since_s);
        if (!is_str(text, lasts[i].want))
            printf("# %s\n", lasts[i].states);
    }
}

/* The moment at which time alone changes it. */
static void
test_passed(void)
{
    struct watch_time now = { 50, 1000 };
    struct mount m = { 0 };
    struct fault f;

    is_int(mount_passed(&m, &rules, &now), 0);
    mount_seen(&m, &rules, MOUNT_DOWN, &now);
    is_int(mount_passed(&m, &rules, &now), 150);
    ok(!mount_fault(&m, "/m", &f));
    now.mono_ms = 150;
    is_int(mount_passed(&m, &rules, &now), 0);
    ok(mount_fault(&m, "/m", &f));
    mount_seen(&m, &rules, MOUNT_OK, &now);
    is_int(mount_passed(&m, &rules, &now), 1150);
}

TAP_MAIN({ "what the kernel's table tells", test_look },
         { "what lasts", test_lasts }, { "when it is told", test_passed })
