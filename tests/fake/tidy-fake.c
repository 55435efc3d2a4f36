/* tidy.h on a cluster that is a directory: appends resource and node to its
 * file "cleanups".
 */
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "xalloc.h"

#include "../../tools/recoveryd/tidy.h"

void
tidy_up(const char *resource, const char *node)
{
    CLEANUP_FREE char *path =
        xasprintf("%s/cleanups", getenv("VMHA_FAKE_CLUSTER"));
    CLEANUP_FILE FILE *f = fopen(path, "ae");

    if (f)
        fprintf(f, "%s %s\n", resource, node);
}

void
tidy_forget(void)
{
}
