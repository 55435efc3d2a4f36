/* What is wrong with the segments of a cluster, before a host fails. */
#ifndef VMHA_SURVEY_H
#define VMHA_SURVEY_H

#include <stdbool.h>
#include <stddef.h>

/* A node of the cluster, by its attributes. */
struct survey_node {
    const char *name;
    const char *nova_host; /* vmha-host, or the name */
    const char *segment;   /* NULL: none */
    bool is_compute;       /* surely, not just any cluster node */
    bool is_online;
    bool is_reserved;
    bool is_resting; /* vmha-maintenance */
};

/* A resource ocf:vmha:recovery that may run. */
struct survey_instance {
    const char *id;
    const char *segment; /* NULL: none */
    const char *method;  /* NULL: the default */
    bool is_cloned;
};

struct survey {
    const struct survey_node *nodes;
    size_t n_nodes;
    const struct survey_instance *instances;
    size_t n_instances;
};

/* TEXT names what is wrong, where, and the mend; valid during the call. */
typedef void survey_fn(const char *text, void *arg);

/* Call FN for each finding. */
void survey_check(const struct survey *s, survey_fn *fn, void *arg);

/* Why instance ID must not act: who else claims its hosts, with both names.
 * NULL where it is their only owner (caller frees).
 */
char *survey_rival(const struct survey *s, const char *id);

/* Does instance I own the hosts with SEGMENT?  One without a segment owns all
 * while it is alone.
 */
bool survey_owns(const struct survey_instance *i, size_t n_instances,
                 const char *segment);

#endif
