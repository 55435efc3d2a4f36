/* The cluster as a struct, for tests of tools/recoveryd's views: what is
 * written to the journal waits until the test lets it happen, and is in the
 * next view then.
 */
#ifndef VMHA_VIEW_STAGE_H
#define VMHA_VIEW_STAGE_H

#include "../../tools/recoveryd/daemon.h"

enum { NODES = 4, ENTRIES = 8, WRITES = 8, FENCINGS = 8 };

/* Seconds since the epoch, of this morning. */
#define AT(s) ((INT64_C(1790000000) + (s)) * 1000000000)

/* Names that structs of the view may point to. */
extern char c1[], c2[], vmha[], vmha_b[], b[];

struct write {
    char name[64], value[JOURNAL_HOST_MAX];
    bool is_delete;
    cluster_done_fn *fn;
    void *arg;
};

extern struct stage {
    struct daemon d;
    struct cluster_node nodes[NODES];
    struct cluster_entry entries[ENTRIES];
    char names[ENTRIES][64], values[ENTRIES][JOURNAL_HOST_MAX];
    struct cluster_instance instances[2];
    struct cluster_fencing fencings[FENCINGS];
    struct cluster_view view;
    struct write writes[WRITES];
    size_t n_writes;
    unsigned n_refreshes;
    int64_t late_ms; /* views are so much later */
} s;

/* A stage without a watermark; one whose watermark is written, before AT(0). */
void set_stage(void);
void set_old_stage(void);
/* Another process, on the same cluster. */
void start_daemon(void);

/* --- the cluster --- */
struct cluster_node *add_node(char *name, bool is_remote);
/* The newest fencing is the first. */
void fence(struct cluster_node *n, int64_t at_ns);
void return_node(struct cluster_node *n);
void put_entry(const char *name, const char *value);
/* The value, or NULL. */
const char *entry(const char *name);
void drop_entry(const char *name);
/* All writes take effect, or none does. */
void end_writes(bool is_good);

/* --- the daemon --- */
/* It gets a view. */
void look(void);
struct incident *incident_of(const char *node);
/* Its work on the journal, without the cloud. */
void save(const char *node);

#endif
