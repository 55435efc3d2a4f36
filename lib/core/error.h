/* Error object: filled in by the callee, owned by the caller.
 *
 * What can fail returns -1 or NULL and takes the error last.  The kind says
 * what the caller can do about it, not where it happened; the text names the
 * place and the value.
 */
#ifndef VMHA_ERROR_H
#define VMHA_ERROR_H

enum vmha_kind {
    VMHA_OK = 0,
    VMHA_E_CONFIG,     /* The administrator must change something. */
    VMHA_E_PERMISSION, /* Credentials or rights are missing. */
    VMHA_E_ABSENT,     /* The object or program is not there. */
    VMHA_E_AGAIN,      /* Busy or unreachable; trying again may help. */
    VMHA_E_UNKNOWN,    /* A request may or may not have had its effect. */
    VMHA_E_REFUSED,    /* The other side understood and said no. */
    VMHA_E_INPUT,      /* Bytes from outside are not what they must be. */
    VMHA_E_LOCAL,      /* A local call failed; sys_errno says how. */
    VMHA_E_KINDS
};

enum { VMHA_ERROR_MAX = 512 };

struct vmha_error {
    enum vmha_kind kind;
    int sys_errno; /* 0 where no local call failed */
    char text[VMHA_ERROR_MAX];
};

/* Record an error and return -1, so that callers can write
 *     return vmha_fail(err, VMHA_E_CONFIG, 0, "port: '%s' is no number", s);
 * A non-zero SYS_ERRNO appends its description.  Text that does not fit is
 * cut.  Never pass a secret.
 */
int vmha_fail(struct vmha_error *err, enum vmha_kind kind, int sys_errno,
              const char *fmt, ...)
    __attribute__((format(printf, 4, 5), nonnull(1, 4)));

/* Put "context: " before the recorded text, on the way up.  Returns -1. */
int vmha_context(struct vmha_error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), nonnull(1, 2)));

/* One table gives each kind its exit codes. */
int vmha_exit_ocf(enum vmha_kind kind);   /* OCF resource agent API 1.1 */
int vmha_exit_fence(enum vmha_kind kind); /* fence agent API: 0 or 1 */
int vmha_exit_cli(enum vmha_kind kind);   /* sysexits.h */
const char *vmha_kind_name(enum vmha_kind kind);

#endif
