/* Messages between the programs of vmha on all cluster nodes: one Corosync
 * process group.  Only root can join (Corosync checks).
 */
#ifndef VMHA_GROUP_H
#define VMHA_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum { GROUP_MESSAGE_MAX = 64 * 1024 };

struct group;
/* DATA (LEN bytes, as sent) is valid during the call only; own messages come,
 * too.  NODE_ID and PID name the sender.
 */
typedef void group_fn(const void *data, size_t len, uint32_t node_id,
                      uint32_t pid, void *arg);

/* Join the group and stay in it: a lost connection is made again every second
 * (a member), or the error is returned at once (ONCE: the command line tool).
 */
struct group *group_new(const char *name, bool once, group_fn *fn, void *arg,
                        struct vmha_error *err);

/* Leave; not from within FN. */
void group_free(struct group *g);

/* Multicast LEN <= GROUP_MESSAGE_MAX bytes to all members, ourselves
 * included.  Waits at most a second while Corosync's flow control says busy.
 */
int group_send(struct group *g, const void *data, size_t len,
               struct vmha_error *err);

/* Our own node id, 0 while not joined. */
uint32_t group_node_id(const struct group *g);

/* Processes in the group, ourselves included; 0 while not joined.  It is in
 * step with the messages: when an own message comes, just these get it.
 */
size_t group_size(const struct group *g);

#endif
