/* cibsync.h without a cluster, with faults to order.
 *
 * FAKE_GUARD: ok, alone (a level without a power device), nocib, hang.
 * FAKE_WRITE: ok, fail, hang, or slow (fails twice first).
 * What is written is appended to the file FAKE_JOURNAL.
 */
#include "cibsync.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"

struct cibsync {
    int tries;
};

static struct cibsync only;

static bool
told(const char *variable, const char *value)
{
    const char *got = getenv(variable);

    return got && strcmp(got, value) == 0;
}

static void
hang(void)
{
    for (;;)
        pause();
}

struct cibsync *
cibsync_new(const char *client, struct vmha_error *err)
{
    (void) client;
    if (told("FAKE_GUARD", "hang"))
        hang();
    if (!told("FAKE_GUARD", "nocib"))
        return &only;
    vmha_fail(err, VMHA_E_AGAIN, 0, "connecting to the CIB: no answer");
    return NULL;
}

void
cibsync_free(struct cibsync *s)
{
    (void) s;
}

int
cibsync_check_target(struct cibsync *s, const char *target,
                     struct vmha_error *err)
{
    (void) s;
    if (told("FAKE_GUARD", "alone"))
        return vmha_fail(err, VMHA_E_REFUSED, 0, "no power device for '%s'",
                         target);
    return 0;
}

int
cibsync_set(struct cibsync *s, const char *name, const char *value,
            struct vmha_error *err)
{
    CLEANUP_FILE FILE *f = fopen(getenv("FAKE_JOURNAL"), "ae");

    if (told("FAKE_WRITE", "hang"))
        hang();
    if (told("FAKE_WRITE", "fail") ||
        (told("FAKE_WRITE", "slow") && s->tries++ < 2))
        return vmha_fail(err, VMHA_E_UNKNOWN, 0, "no quorum");
    fprintf(f, "%s=%s\n", name, value);
    return 0;
}
