/* What vmha-watchd watches besides VMs: vmha-processes.conf(5). */
#ifndef VMHA_PROCESSES_CONF_H
#define VMHA_PROCESSES_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "param.h"

enum on_failure { ON_FAILURE_DISABLE, ON_FAILURE_REPORT };

enum { PROCESSES_MAX = 1024, PROCESSES_FILE_MAX = 256 * 1024 };

struct process_conf {
    char *name;
    char *unit, *pidfile, *exe; /* how it is recognised */
    char *pre_start, *start, *post_start;
    char *pre_restart, *restart, *post_restart;
    char *user; /* NULL: ours */
    bool has_shell;
    uint64_t timeout_ms; /* of each command */
    unsigned tries;
    uint64_t interval_ms, stable_ms;
    char *health; /* NULL: it is not asked */
    uint64_t health_interval_ms, health_timeout_ms;
    unsigned health_misses;
    int on_failure; /* enum on_failure */
};

struct mount_conf {
    char *path;
    char *type; /* NULL: any */
    bool is_writable;
    char *user;           /* who asks it; NULL: we */
    uint64_t interval_ms; /* between two probes; 0: none */
    uint64_t timeout_ms, grace_ms, stable_ms;
    int on_failure;
};

struct processes_conf {
    struct process_conf *processes;
    size_t n_processes;
    struct mount_conf *mounts;
    size_t n_mounts;
};

/* Parameters in a section [process NAME], and in a section [mount PATH]. */
extern const struct param process_params[], mount_params[];

#define PROCESSES_CONF_INIT                                                    \
    {                                                                          \
        0                                                                      \
    }
void processes_conf_clear(struct processes_conf *conf);

/* Read the file PATH, or nothing where PATH is NULL.  One that ends in .yaml or
 * .yml is Masakari's process_list.yaml.  *RET_CONF is empty before; untouched
 * on failure.  VMHA_E_ABSENT where there is no such file.
 */
int processes_conf_read(const char *path, struct processes_conf *ret_conf,
                        struct vmha_error *err);

/* The same for bytes in memory. */
int processes_conf_parse(const char *text, size_t len,
                         struct processes_conf *ret_conf,
                         struct vmha_error *err);
int process_list_parse(const char *text, size_t len,
                       struct processes_conf *ret_conf, struct vmha_error *err);

/* For the parsers: a new section with its defaults; -1 where NAME is none, or
 * is there already.  The result lives until the next call.
 */
struct process_conf *processes_conf_add(struct processes_conf *conf,
                                        const char *name,
                                        struct vmha_error *err);
/* ...which is complete: what no single parameter can tell. */
int process_conf_finish(const struct process_conf *p, struct vmha_error *err);

/* The words of a command, for execve; NULL with ERR where its quotes are not
 * closed.  Release with process_argv_free.
 */
char **process_argv(const struct process_conf *p, const char *command,
                    struct vmha_error *err);
void process_argv_free(char **argv);

#endif
