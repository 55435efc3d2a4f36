/* Where the VMs of a failed host go: the recovery methods of Masakari. */
#ifndef VMHA_METHOD_H
#define VMHA_METHOD_H

#include <stdbool.h>

enum recovery_method {
    METHOD_AUTO,          /* Nova's scheduler chooses */
    METHOD_RESERVED_HOST, /* reserved hosts of the segment only */
    METHOD_AUTO_PRIORITY, /* the scheduler; where it finds none, a reserved */
    METHOD_RH_PRIORITY,   /* a reserved host; where none has room, anywhere */
    N_METHODS
};

const char *recovery_method_name(enum recovery_method m);
/* False where NAME is none. */
bool recovery_method_of(const char *name, enum recovery_method *ret);

#endif
