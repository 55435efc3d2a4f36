/* Parameter tables: typed values in and out of a configuration struct. */
#include "param.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "buf.h"
#include "cleanup.h"
#include "scan.h"
#include "xalloc.h"

enum { HOSTS_MAX = 64 * 1024 };

static void *
field_of(const struct param *p, void *conf)
{
    return (char *) conf + p->offset;
}

static const void *
field_in(const struct param *p, const void *conf)
{
    return (const char *) conf + p->offset;
}

static bool
is_text(const struct param *p)
{
    return p->type == PARAM_STRING || p->type == PARAM_HOSTS;
}

const struct param *
param_find(const struct param *table, const char *name)
{
    for (const struct param *p = table; p->name; p++)
        if (strcmp(p->name, name) == 0 ||
            (p->alias && strcmp(p->alias, name) == 0))
            return p;
    return NULL;
}

/* The largest unit that shows MS without a rest. */
static char *
duration_text(uint64_t ms)
{
    if (ms % 1000)
        return xasprintf("%" PRIu64 "ms", ms);
    if (ms == 0 || ms % 60000)
        return xasprintf("%" PRIu64 "s", ms / 1000);
    return xasprintf("%" PRIu64 "min", ms / 60000);
}

char *
param_number_text(const struct param *p, uint64_t v)
{
    return p->type == PARAM_DURATION ? duration_text(v)
                                     : xasprintf("%" PRIu64, v);
}

static int
check_range(const struct param *p, uint64_t v, struct vmha_error *err)
{
    if ((p->min == 0 && p->max == 0) || (v >= p->min && v <= p->max))
        return 0;
    CLEANUP_FREE char *min = param_number_text(p, p->min);
    CLEANUP_FREE char *max = param_number_text(p, p->max);
    CLEANUP_FREE char *got = param_number_text(p, v);
    return vmha_fail(err, VMHA_E_CONFIG, 0, "%s: %s is not between %s and %s",
                     p->name, got, min, max);
}

static int
set_string(const struct param *p, char **field, const char *value,
           struct vmha_error *err)
{
    for (const char *s = value; *s; s++)
        if (iscntrl((unsigned char) *s))
            return vmha_fail(err, VMHA_E_CONFIG, 0,
                             "%s: contains a control character", p->name);
    xstrset(field, value);
    return 0;
}

/* As Pacemaker does for pcmk_host_list: blanks, commas and semicolons
 * separate.
 */
static int
set_hosts(const struct param *p, char **field, const char *value,
          struct vmha_error *err)
{
    static const char separators[] = " \t,;";
    CLEANUP_BUF struct buf list = BUF_INIT(HOSTS_MAX);

    for (const char *s = value + strspn(value, separators); *s;) {
        size_t len = strcspn(s, separators);
        CLEANUP_FREE char *host = xstrndup(s, len);

        if (!scan_is_host_name(host))
            return vmha_fail(err, VMHA_E_CONFIG, 0,
                             "%s: '%.64s' is no host name", p->name, host);
        if (buf_printf(&list, "%s%s", list.len ? " " : "", host) == -1)
            return vmha_fail(err, VMHA_E_CONFIG, 0, "%s: the list is too long",
                             p->name);
        s += len;
        s += strspn(s, separators);
    }
    free(*field);
    *field = buf_take(&list);
    return 0;
}

static int
bad_value(const struct param *p, const char *value, const char *want,
          struct vmha_error *err)
{
    if (p->flags & PARAM_SECRET)
        value = "(hidden)";
    return vmha_fail(err, VMHA_E_CONFIG, 0, "%s: '%.64s' is no %s", p->name,
                     value, want);
}

static int
set_uint(const struct param *p, unsigned *field, const char *value,
         struct vmha_error *err)
{
    unsigned v;

    if (scan_uint(value, &v) == -1)
        return bad_value(p, value, "whole number", err);
    if (check_range(p, v, err) == -1)
        return -1;
    *field = v;
    return 0;
}

static int
set_duration(const struct param *p, uint64_t *field, const char *value,
             struct vmha_error *err)
{
    uint64_t v;

    if (scan_duration_ms(value, &v) == -1)
        return bad_value(p, value, "duration such as 30s or 5min", err);
    if (check_range(p, v, err) == -1)
        return -1;
    *field = v;
    return 0;
}

static int
set_choice(const struct param *p, int *field, const char *value,
           struct vmha_error *err)
{
    CLEANUP_BUF struct buf all = BUF_INIT(256);

    for (int i = 0; p->choices[i]; i++) {
        if (strcmp(p->choices[i], value) == 0) {
            *field = i;
            return 0;
        }
        (void) buf_printf(&all, "%s%s", i ? ", " : "", p->choices[i]);
    }
    return vmha_fail(err, VMHA_E_CONFIG, 0, "%s: '%.64s' is none of %s",
                     p->name, value, buf_str(&all));
}

static int
set_value(const struct param *p, void *conf, const char *value,
          struct vmha_error *err)
{
    void *field = field_of(p, conf);

    switch (p->type) {
    case PARAM_STRING: return set_string(p, field, value, err);
    case PARAM_HOSTS: return set_hosts(p, field, value, err);
    case PARAM_UINT: return set_uint(p, field, value, err);
    case PARAM_DURATION: return set_duration(p, field, value, err);
    case PARAM_CHOICE: return set_choice(p, field, value, err);
    case PARAM_BOOL: break;
    }
    if (scan_bool(value, field) == -1)
        return bad_value(p, value, "yes or no", err);
    return 0;
}

int
param_set(const struct param *table, void *conf, const char *name,
          const char *value, struct vmha_error *err)
{
    const struct param *p = param_find(table, name);

    if (!p)
        return vmha_fail(err, VMHA_E_ABSENT, 0, "unknown parameter '%.64s'",
                         name);
    return set_value(p, conf, value, err);
}

char *
param_text(const struct param *p, const void *conf)
{
    const void *field = field_in(p, conf);

    switch (p->type) {
    case PARAM_STRING:
    case PARAM_HOSTS: {
        const char *s = *(char *const *) field;
        return s ? xstrdup(s) : NULL;
    }
    case PARAM_UINT: return param_number_text(p, *(const unsigned *) field);
    case PARAM_DURATION: return param_number_text(p, *(const uint64_t *) field);
    case PARAM_CHOICE: return xstrdup(p->choices[*(const int *) field]);
    case PARAM_BOOL: break;
    }
    return xstrdup(*(const bool *) field ? "true" : "false");
}

bool
param_same(const struct param *table, const void *a, const void *b)
{
    for (const struct param *p = table; p->name; p++) {
        CLEANUP_FREE char *one = param_text(p, a), *other = param_text(p, b);

        if (one && other ? strcmp(one, other) != 0 : one != other)
            return false;
    }
    return true;
}

int
param_defaults(const struct param *table, void *conf, struct vmha_error *err)
{
    for (const struct param *p = table; p->name; p++) {
        if (is_text(p))
            xstrset(field_of(p, conf), NULL);
        if (p->def && set_value(p, conf, p->def, err) == -1)
            return -1;
    }
    return 0;
}

int
param_finish(const struct param *table, const void *conf,
             struct vmha_error *err)
{
    for (const struct param *p = table; p->name; p++) {
        if (!(p->flags & PARAM_REQUIRED) || !is_text(p))
            continue;
        const char *s = *(char *const *) field_in(p, conf);
        if (!s || !*s)
            return vmha_fail(err, VMHA_E_CONFIG, 0,
                             "parameter '%s' is required", p->name);
    }
    return 0;
}

void
param_free(const struct param *table, void *conf)
{
    for (const struct param *p = table; p->name; p++) {
        if (!is_text(p))
            continue;
        char **field = field_of(p, conf);
        if (*field && (p->flags & PARAM_SECRET))
            explicit_bzero(*field, strlen(*field));
        xstrset(field, NULL);
    }
}
