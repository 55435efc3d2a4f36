/* A list of keys and values, or of values alone (their keys are NULL). */
#ifndef VMHA_PAIRS_H
#define VMHA_PAIRS_H

#include <stddef.h>

struct pair {
    char *key, *value;
};

struct pairs {
    struct pair *items;
    size_t n;
};

/* Append copies. */
void pairs_add(struct pairs *p, const char *key, const char *value);

/* The first value of KEY, or NULL. */
const char *pairs_find(const struct pairs *p, const char *key);

void pairs_clear(struct pairs *p);

#endif
