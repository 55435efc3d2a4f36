/* The error object and the one table of exit codes. */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* clang-format off */
static const struct {
    const char *name;
    int ocf, fence, cli;
} kinds[VMHA_E_KINDS] = {
    /*                     name          OCF  fence  CLI */
    [VMHA_OK]           = { "ok",          0,  0,  EX_OK },
    [VMHA_E_CONFIG]     = { "config",      6,  1,  EX_CONFIG },
    [VMHA_E_PERMISSION] = { "permission",  4,  1,  EX_NOPERM },
    [VMHA_E_ABSENT]     = { "absent",      5,  1,  EX_UNAVAILABLE },
    [VMHA_E_AGAIN]      = { "again",       1,  1,  EX_TEMPFAIL },
    [VMHA_E_UNKNOWN]    = { "unknown",     1,  1,  EX_TEMPFAIL },
    [VMHA_E_REFUSED]    = { "refused",     1,  1,  EX_SOFTWARE },
    [VMHA_E_INPUT]      = { "input",       1,  1,  EX_DATAERR },
    [VMHA_E_LOCAL]      = { "local",       1,  1,  EX_OSERR },
};
/* clang-format on */

int
vmha_fail(struct vmha_error *err, enum vmha_kind kind, int sys_errno,
          const char *fmt, ...)
{
    va_list ap;
    size_t len;

    err->kind = kind;
    err->sys_errno = sys_errno;
    va_start(ap, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    len = strlen(err->text);
    if (sys_errno)
        snprintf(err->text + len, sizeof err->text - len, ": %s",
                 strerror(sys_errno));
    return -1;
}

int
vmha_context(struct vmha_error *err, const char *fmt, ...)
{
    char old[VMHA_ERROR_MAX];
    va_list ap;
    size_t len;

    memcpy(old, err->text, sizeof old);
    va_start(ap, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    len = strlen(err->text);
    snprintf(err->text + len, sizeof err->text - len, ": %s", old);
    return -1;
}

int
vmha_exit_ocf(enum vmha_kind kind)
{
    return kinds[kind].ocf;
}

int
vmha_exit_fence(enum vmha_kind kind)
{
    return kinds[kind].fence;
}

int
vmha_exit_cli(enum vmha_kind kind)
{
    return kinds[kind].cli;
}

const char *
vmha_kind_name(enum vmha_kind kind)
{
    return kinds[kind].name;
}
