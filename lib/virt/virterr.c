/* libvirt's errors -> ours. */
#include "virterr.h"

#include <stddef.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

static void
ignore(void *arg, virErrorPtr error)
{
    (void) arg, (void) error;
}

void
virterr_keep_quiet(void)
{
    virSetErrorFunc(NULL, ignore);
}

int
virterr_fail(struct vmha_error *err, enum vmha_kind kind, const char *what)
{
    const char *text = virGetLastErrorMessage();

    return vmha_fail(err, kind, 0, "libvirt: %s: %.200s", what, text);
}

int
virterr_code(void)
{
    return virGetLastErrorCode();
}
