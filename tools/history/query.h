/* Which lines of the decision log somebody wants, and those lines. */
#ifndef VMHA_QUERY_H
#define VMHA_QUERY_H

#include "line.h"

enum { QUERY_LINES_MAX = 1500 };

struct history_query {
    const char *what; /* NULL: any; incident: the newest of each only */
    const char *node; /* NULL: any; by its name in Pacemaker */
    const char *vm;   /* NULL: any; UUID or name */
    int64_t since_ms; /* wall clock */
};

/* Read from the text of a JSON object, where texts are borrowed from. */
void history_query_read(struct json_object *o, struct history_query *ret_query);
void history_query_put(struct json_object *o, const struct history_query *q);

struct history_list {
    struct history_line *lines; /* oldest first */
    size_t n;
    size_t n_damaged; /* lines that could not be read */
    bool is_cut;      /* older ones were left out */
};

bool history_matches(const struct history_query *q,
                     const struct history_line *line);
/* Add LINE, which the list takes; the older half goes where it is full. */
void history_list_add(struct history_list *l, const struct history_query *q,
                      struct history_line *line);
/* Add what matches of the files in DIR; likewise VMHA_E_ABSENT. */
int history_list_load(struct history_list *l, const struct history_query *q,
                      const char *dir, const char *instance,
                      struct vmha_error *err);
void history_list_clear(struct history_list *l);
#define CLEANUP_HISTORY_LIST CLEANUP(history_list_clear)

#endif
