/* Parameters: one table drives parsing, validation, defaults, OCF and fence
 * metadata, and the manual.
 *
 * A table is an array that ends with an empty row.  A source only yields
 * (name, value) pairs; param_set() finds the row, parses by type, checks the
 * range and writes the field.  Defaults go through the same code.
 */
#ifndef VMHA_PARAM_H
#define VMHA_PARAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "error.h"

enum param_type {
    PARAM_STRING,   /* char *, owned */
    PARAM_UINT,     /* unsigned */
    PARAM_DURATION, /* uint64_t, milliseconds; 30, 30s, 500ms, 5min, 1h */
    PARAM_BOOL,     /* bool */
    PARAM_CHOICE,   /* int, index into choices */
    PARAM_HOSTS,    /* char *, owned: checked host names, one blank between */
};

enum param_flag {
    PARAM_REQUIRED = 1 << 0,   /* strings and host lists only */
    PARAM_RELOADABLE = 1 << 1, /* a change takes effect without a restart */
    PARAM_SECRET = 1 << 2,     /* never logged, never echoed */
    PARAM_UNIQUE = 1 << 3,     /* two resources must not share the value */
    PARAM_HIDDEN = 1 << 4,     /* given by the cluster, not by people */
    PARAM_POSITIONAL = 1 << 5, /* argv: a word without a name, in order */
};

struct param {
    const char *name;
    const char *alias; /* another name for the same, or NULL */
    enum param_type type;
    size_t offset; /* of the field in the configuration struct */
    unsigned flags;
    const char *def;   /* read by the same code as user input; NULL: none */
    uint64_t min, max; /* numbers; durations in milliseconds; both 0: any */
    const char *const *choices; /* NULL-terminated */
    const char *bare;           /* argv: value of --name alone, or NULL */
    char opt;                   /* fence agents: short option, or 0 */
    const char *summary;        /* no full stop */
    const char *text;           /* whole sentences */
};

/* Offset of a field, refused by the compiler when the field's C type does not
 * fit the parameter's type.
 */
#define PARAM_FIELD(T, field, ctype)                                           \
    (offsetof(T, field) +                                                      \
     0 * sizeof(struct {                                                       \
         _Static_assert(__builtin_types_compatible_p(                          \
                            __typeof__(((T *) 0)->field), ctype),              \
                        #field ": C type does not match the parameter type");  \
         int unused;                                                           \
     }))
#define FIELD_STRING(T, f)                                                     \
    .type = PARAM_STRING, .offset = PARAM_FIELD(T, f, char *)
#define FIELD_HOSTS(T, f)                                                      \
    .type = PARAM_HOSTS, .offset = PARAM_FIELD(T, f, char *)
#define FIELD_UINT(T, f)                                                       \
    .type = PARAM_UINT, .offset = PARAM_FIELD(T, f, unsigned)
#define FIELD_DURATION(T, f)                                                   \
    .type = PARAM_DURATION, .offset = PARAM_FIELD(T, f, uint64_t)
#define FIELD_BOOL(T, f) .type = PARAM_BOOL, .offset = PARAM_FIELD(T, f, bool)
#define FIELD_CHOICE(T, f)                                                     \
    .type = PARAM_CHOICE, .offset = PARAM_FIELD(T, f, int)

/* Set one parameter of CONF from text.  An unknown name is VMHA_E_ABSENT (so
 * that a source can choose to warn), a bad value VMHA_E_CONFIG.  Strings must
 * not contain control characters.
 */
int param_set(const struct param *table, void *conf, const char *name,
              const char *value, struct vmha_error *err);

/* The row that has NAME as its name or alias, or NULL. */
const struct param *param_find(const struct param *table, const char *name);

/* The value of P in CONF as text that param_set reads, NULL where it is not
 * set; the caller frees it.  Secrets included.
 */
char *param_text(const struct param *p, const void *conf);

/* Do A and B have the same values? */
bool param_same(const struct param *table, const void *a, const void *b);

/* V as a value of P, with its unit; the caller frees it. */
char *param_number_text(const struct param *p, uint64_t v);

/* Give every field its default (before a source is read)... */
int param_defaults(const struct param *table, void *conf,
                   struct vmha_error *err);
/* ...and report a required parameter that is still missing or empty (after
 * it).
 */
int param_finish(const struct param *table, const void *conf,
                 struct vmha_error *err);
/* Release what the fields own. */
void param_free(const struct param *table, void *conf);

/* Sources.  Each calls param_set for what it finds.
 *
 * env: OCF_RESKEY_<name>, OCF resource agents; only names of the table count,
 * and an empty value counts as none.  All is read even after an error; the
 * first one is reported.
 */
int param_from_env(const struct param *table, void *conf,
                   struct vmha_error *err);

/* stdin: fence agents' key=value lines.  What has no '=' and unknown names are
 * reported to WARN (NULL: nobody) and ignored; the last of repeated names
 * counts; a line is at most 64 KiB, the whole at most 1 MiB.
 */
enum { PARAM_LINE_MAX = 64 * 1024, PARAM_STDIN_MAX = 1024 * 1024 };
int param_from_stdin(const struct param *table, void *conf, const char *text,
                     size_t len, void (*warn)(const char *what),
                     struct vmha_error *err);

/* argv: --name=value, --name value, -x value, -xvalue, and --name alone for
 * its bare value (booleans: true); '-' in a name means '_'.  Other words are
 * the values of the positional rows, in their order.  All else is an error.
 * ARGV[0] is skipped.
 */
int param_from_argv(const struct param *table, void *conf, int argc,
                    char **argv, struct vmha_error *err);

/* Is OPTION, such as --help, one of the arguments? */
bool param_asks(int argc, char **argv, const char *option);

/* What a --help shows of these arguments. */
void param_help(FILE *out, const struct param *table);

/* file: name=value lines, # comments; unknown and repeated names are errors
 * that name the line.  param_from_text is the same for bytes in memory.
 */
int param_from_file(const struct param *table, void *conf, const char *path,
                    struct vmha_error *err);
int param_from_text(const struct param *table, void *conf, const char *text,
                    size_t len, struct vmha_error *err);

/* Write CONF as a file that param_from_file reads (mode 0600, replaced
 * atomically).
 */
int param_to_file(const struct param *table, const void *conf, const char *path,
                  struct vmha_error *err);

#endif
