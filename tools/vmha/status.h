/* The status document of one recovery daemon (written by report.c there). */
#ifndef VMHA_STATUS_H
#define VMHA_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* A VM that waits after a failure, or ended in one. */
struct status_vm {
    char *id;
    char *name; /* NULL: unknown */
    char *phase;
    char *reason; /* NULL: none */
    int64_t attempts;
    int64_t next_try_ms; /* wall clock, 0: none is set */
};

/* How many VMs of a host. */
struct status_counts {
    int64_t total, recovered, in_flight, waiting, failed, held, skipped, gone;
};

/* Wall clock in ms, 0: not yet. */
struct status_times {
    int64_t fenced_ms, down_ms, first_evacuate_ms, done_ms;
};

/* A host that failed. */
struct status_host {
    char *host;
    char *service_host;
    char *phase;
    char *reason; /* what stands in the way, or NULL */
    /* a host that is only held has none of these */
    struct status_times times;
    struct status_counts vms;
    struct status_vm *problems;
    size_t n_problems;
};

/* A VM that died on a living host. */
struct status_repair {
    struct status_vm vm;
    char *host;
    char *fault;
};

/* A process or a mount that a living host lacks. */
struct status_fault {
    char *host;
    char *kind, *name, *fault;
    char *scheduling; /* does the host take new VMs? */
};

struct status {
    char *instance;
    char *node;
    char *segment; /* NULL: none */
    char *state;   /* ready, starting, degraded */
    char *reason;  /* NULL: none */
    bool is_quorate;
    int64_t watched_hosts;
    struct status_host *hosts;
    size_t n_hosts;
    struct status_repair *repairs;
    size_t n_repairs;
    struct status_fault *faults;
    size_t n_faults;
    char **warnings; /* what is wrong with the configuration */
    size_t n_warnings;
};

enum {
    STATUS_BYTES_MAX = 16 * 1024 * 1024,
    STATUS_TEXT_MAX = 4096, /* of one name or reason; more is cut */
};

/* Read the LEN bytes of a document.  Unknown members are ignored: newer daemons
 * may write them.  VMHA_E_INPUT names the place; VMHA_E_REFUSED: the document
 * is a daemon's error, whose text is the error's.  Texts are as they came:
 * untrusted.
 */
int status_parse(const char *text, size_t len, struct status *ret_status,
                 struct vmha_error *err);
void status_clear(struct status *s);
#define CLEANUP_STATUS CLEANUP(status_clear)

#endif
