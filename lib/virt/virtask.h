/* Questions to a VM, by libvirt.  Each blocks, maybe for ever: for a process
 * that another one may end.
 */
#ifndef VMHA_VIRTASK_H
#define VMHA_VIRTASK_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

struct virtask;

/* Connect for reading and writing. */
struct virtask *virtask_open(const char *uri, struct vmha_error *err);
void virtask_close(struct virtask *t);

/* Is the connection as it was? */
bool virtask_is_alive(struct virtask *t);

/* Ask libvirt for what only the driver itself can tell. */
int virtask_host(struct virtask *t, struct vmha_error *err);

/* Ping the guest agent.  VMHA_E_AGAIN: it did not answer within TIMEOUT_S;
 * VMHA_E_ABSENT: it cannot be asked now, or is none.
 */
int virtask_agent(struct virtask *t, const char *uuid, unsigned timeout_s,
                  struct vmha_error *err);

/* For how long libvirt waits for an answer of QEMU's monitor, 0: it does not.
 * VMHA_E_AGAIN: it has lost the monitor; VMHA_E_ABSENT: it cannot be asked.
 */
int virtask_control(struct virtask *t, const char *uuid, uint64_t *ret_busy_ms,
                    struct vmha_error *err);

/* Ask QEMU's monitor.  VMHA_E_ABSENT: it cannot be asked now. */
int virtask_monitor(struct virtask *t, const char *uuid,
                    struct vmha_error *err);

/* 1: the domain has a QEMU here, be it Nova's or not, be it paused; 0: it has
 * none; -1: libvirt does not tell.
 */
int virtask_has_guest(struct virtask *t, const char *uuid,
                      struct vmha_error *err);

#endif
