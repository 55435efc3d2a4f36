/* The replies to one request, put together from their parts. */
#ifndef VMHA_REPLIES_H
#define VMHA_REPLIES_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "wire.h"

/* More is no answer of ours: an instance has at most a few hundred hosts. */
enum { REPLIES_MAX = 64, REPLY_BYTES_MAX = 16 * 1024 * 1024 };

struct reply {
    uint32_t node_id, pid; /* who sent it */
    char instance[WIRE_WORD_MAX];
    unsigned n_parts; /* that have come */
    unsigned parts;   /* 0: it is broken */
    struct buf body;
};

struct replies {
    struct reply *list;
    size_t n;
};

/* A message came from a process.  Requests, replies to another request than
 * ID, parts that do not fit what came before (Corosync keeps the order of a
 * sender) and what is beyond the limits are ignored.
 */
void replies_add(struct replies *r, const char *id, const struct wire *w,
                 uint32_t node_id, uint32_t pid);

bool reply_is_whole(const struct reply *p);

/* How many are whole. */
size_t replies_whole(const struct replies *r);

/* Drop those that are not whole; sort by instance, then node. */
void replies_finish(struct replies *r);
void replies_clear(struct replies *r);
#define CLEANUP_REPLIES CLEANUP(replies_clear)

#endif
