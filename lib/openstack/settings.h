/* YAML files of settings, merged key by key: the first file that has a key
 * wins.  Merge keys ("<<: *defaults") are followed.  Of a key given twice in a
 * mapping the last counts, as for PyYAML.
 */
#ifndef VMHA_SETTINGS_H
#define VMHA_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "cleanup.h"
#include "error.h"

enum { SETTINGS_MAX_FILES = 2, SETTINGS_MAX_BYTES = 64 << 10 };

/* A file's bytes, and its name for messages. */
struct settings_file {
    const char *name;
    const char *bytes; /* NULL: there is no such file */
    size_t len;
};

struct settings_docs {
    struct settings_doc *docs[SETTINGS_MAX_FILES];
};

/* A mapping of the merged files, borrowed from the documents. */
struct settings {
    const struct settings_docs *docs;
    void *nodes[SETTINGS_MAX_FILES]; /* NULL where the file has it not */
    const char *path;                /* "clouds.NAME.auth", for messages */
};

/* Parse FILES, the winner first.  *RET_TOP is the whole. */
int settings_load(struct settings_docs *docs,
                  const struct settings_file *const *files, size_t n,
                  struct settings *ret_top, struct vmha_error *err);

/* Frees the documents and wipes the texts in them, which may be secrets. */
void settings_clear(struct settings_docs *docs);
#define CLEANUP_SETTINGS_DOCS CLEANUP(settings_clear)

/* The mapping KEY, empty where it is nowhere; PATH is borrowed. */
int settings_enter(const struct settings *s, const char *key, const char *path,
                   struct settings *ret_inner, struct vmha_error *err);

/* Is this mapping in file I? */
bool settings_is_in(const struct settings *s, size_t i);

/* Does the mapping hold KEY, with a value that is not null? */
bool settings_has(const struct settings *s, const char *key);

/* A copy of the text of KEY replaces *TEXT (allocated or NULL), which stays
 * where the key is missing.  Numbers and booleans are texts, too.  Errors do
 * not show the value.
 */
int settings_text(const struct settings *s, const char *key, char **text,
                  struct vmha_error *err);
int settings_bool(const struct settings *s, const char *key, bool *flag,
                  struct vmha_error *err);

#endif
