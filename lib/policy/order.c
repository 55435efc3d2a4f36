/* In which order the VMs of a failed host are evacuated. */
#include "order.h"

#include <stdio.h>
#include <string.h>

#include "scan.h"

enum { MEDIUM = 500, TOP = 1000 };

int
order_priority_parse(const char *text, int *ret_priority)
{
    static const struct {
        const char *name;
        int priority;
    } names[] = { { "first", PRIORITY_MAX },
                  { "high", 250 },
                  { "medium", 0 },
                  { "low", -250 },
                  { "last", PRIORITY_MIN } };
    unsigned number;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (scan_is_word(text, names[i].name)) {
            *ret_priority = names[i].priority;
            return 0;
        }
    }
    if (scan_uint(text, &number) == -1 || number > TOP)
        return -1;
    *ret_priority = (int) number - MEDIUM;
    return 0;
}

int
order_priority(const struct server_fact *s, const char *key, char *warning,
               size_t size)
{
    const char *keys[] = { key, REDHAT_PRIORITY_KEY };
    int found[2] = { 0 };
    bool is_there[2] = { false };

    for (int i = 0; i < 2; i++) {
        const char *text = pairs_find(&s->metadata, keys[i]);

        if (!text)
            continue;
        is_there[i] = order_priority_parse(text, &found[i]) == 0;
        if (!is_there[i])
            snprintf(warning, size,
                     "metadata %.64s='%.64s' is no priority: taken for none",
                     keys[i], text);
    }
    if (is_there[0] && is_there[1] && found[0] != found[1])
        snprintf(warning, size,
                 "metadata %.64s and %.64s differ: the first "
                 "counts",
                 keys[0], keys[1]);
    return is_there[0] ? found[0] : found[1];
}

int
order_compare(const struct vm *a, const struct vm *b)
{
    int order = vm_key_compare(&a->key, &b->key);

    if (a->priority != b->priority)
        return a->priority > b->priority ? -1 : 1;
    return order ? order : strcmp(a->id, b->id);
}
