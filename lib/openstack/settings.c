/* YAML files of settings, merged key by key. */
#include "settings.h"

#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "scan.h"
#include "secret.h"
#include "xalloc.h"

enum { MAX_MERGES = 8 }; /* "<<" keys followed for one lookup */

struct settings_doc {
    char *name;
    bool is_loaded;
    yaml_document_t yaml;
};

/* --- documents ------------------------------------------------------------ */

static void
wipe(void *start, const void *end)
{
    if (start)
        explicit_bzero(start, (size_t) ((const char *) end - (char *) start));
}

/* libyaml frees without wiping; so its copies of secrets go here. */
static void
parser_clear(yaml_parser_t *p)
{
    wipe(p->raw_buffer.start, p->raw_buffer.end);
    wipe(p->buffer.start, p->buffer.end);
    yaml_parser_delete(p);
}

static void
doc_delete(struct settings_doc *d)
{
    if (!d)
        return;
    if (d->is_loaded) {
        yaml_node_t *n = d->yaml.nodes.start;

        for (; n < d->yaml.nodes.top; n++)
            if (n->type == YAML_SCALAR_NODE)
                explicit_bzero(n->data.scalar.value, n->data.scalar.length);
        yaml_document_delete(&d->yaml);
    }
    free(d->name);
    free(d);
}

static int
doc_load(struct settings_doc *d, const struct settings_file *file,
         struct vmha_error *err)
{
    CLEANUP(parser_clear) yaml_parser_t parser;

    if (!yaml_parser_initialize(&parser))
        abort();
    if (file->len > SETTINGS_MAX_BYTES)
        return vmha_fail(err, VMHA_E_CONFIG, 0, "%s: above %d bytes",
                         file->name, SETTINGS_MAX_BYTES);
    yaml_parser_set_input_string(&parser, (const unsigned char *) file->bytes,
                                 file->len);
    if (!yaml_parser_load(&parser, &d->yaml))
        return vmha_fail(err, VMHA_E_CONFIG, 0, "%s: line %zu: no YAML: %s",
                         file->name, parser.problem_mark.line + 1,
                         parser.problem ? parser.problem : "cannot be read");
    d->is_loaded = true;
    return 0;
}

int
settings_load(struct settings_docs *docs,
              const struct settings_file *const *files, size_t n,
              struct settings *ret_top, struct vmha_error *err)
{
    struct settings top = { .docs = docs, .path = "(top)" };

    for (size_t i = 0; i < n; i++) {
        struct settings_doc *d = xcalloc(1, sizeof *d);

        docs->docs[i] = d;
        d->name = xstrdup(files[i]->name);
        if (!files[i]->bytes)
            continue;
        if (doc_load(d, files[i], err) == -1)
            return -1;
        top.nodes[i] = yaml_document_get_root_node(&d->yaml);
        if (top.nodes[i] &&
            ((yaml_node_t *) top.nodes[i])->type != YAML_MAPPING_NODE)
            return vmha_fail(err, VMHA_E_CONFIG, 0, "%s: expected a mapping",
                             d->name);
    }
    *ret_top = top;
    return 0;
}

void
settings_clear(struct settings_docs *docs)
{
    for (size_t i = 0; i < SETTINGS_MAX_FILES; i++) {
        doc_delete(docs->docs[i]);
        docs->docs[i] = NULL;
    }
}

/* --- lookups -------------------------------------------------------------- */

static bool
is_scalar(const yaml_node_t *n, const char *text)
{
    return n && n->type == YAML_SCALAR_NODE &&
           n->data.scalar.length == strlen(text) &&
           memcmp(n->data.scalar.value, text, n->data.scalar.length) == 0;
}

/* A plain nothing, ~ or null: as if the key were missing. */
static bool
is_null(const yaml_node_t *n)
{
    return n->type == YAML_SCALAR_NODE &&
           n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (is_scalar(n, "") || is_scalar(n, "~") || is_scalar(n, "null"));
}

/* The value of KEY in mapping MAP itself, or NULL. */
static yaml_node_t *
own_value(yaml_document_t *doc, const yaml_node_t *map, const char *key)
{
    yaml_node_t *found = NULL;
    yaml_node_pair_t *p = map->data.mapping.pairs.start;

    for (; p < map->data.mapping.pairs.top; p++)
        if (is_scalar(yaml_document_get_node(doc, p->key), key))
            found = yaml_document_get_node(doc, p->value);
    return found;
}

/* The value of KEY in MAP or in what it merges. */
static yaml_node_t *
value(yaml_document_t *doc, const yaml_node_t *map, const char *key,
      int *budget)
{
    yaml_node_t *found, *merged;

    if (!map || map->type != YAML_MAPPING_NODE || (*budget)-- <= 0)
        return NULL;
    found = own_value(doc, map, key);
    if (found)
        return found;
    merged = own_value(doc, map, "<<");
    if (!merged || merged->type != YAML_SEQUENCE_NODE)
        return value(doc, merged, key, budget);
    for (yaml_node_item_t *i = merged->data.sequence.items.start;
         !found && i < merged->data.sequence.items.top; i++)
        found = value(doc, yaml_document_get_node(doc, *i), key, budget);
    return found;
}

/* The value of KEY in file I, NULL where it is missing or null. */
static yaml_node_t *
lookup(const struct settings *s, size_t i, const char *key)
{
    int budget = MAX_MERGES;
    yaml_node_t *n;

    if (!s->nodes[i])
        return NULL;
    n = value(&s->docs->docs[i]->yaml, s->nodes[i], key, &budget);
    return n && !is_null(n) ? n : NULL;
}

static int
wrong(const struct settings *s, size_t i, const yaml_node_t *n, const char *key,
      const char *expected, struct vmha_error *err)
{
    return vmha_fail(err, VMHA_E_CONFIG, 0, "%s: line %zu: %s.%s: expected %s",
                     s->docs->docs[i]->name, n->start_mark.line + 1, s->path,
                     key, expected);
}

int
settings_enter(const struct settings *s, const char *key, const char *path,
               struct settings *ret_inner, struct vmha_error *err)
{
    struct settings inner = { .docs = s->docs, .path = path };

    for (size_t i = 0; i < SETTINGS_MAX_FILES; i++) {
        yaml_node_t *n = lookup(s, i, key);

        if (n && n->type != YAML_MAPPING_NODE)
            return wrong(s, i, n, key, "a mapping", err);
        inner.nodes[i] = n;
    }
    *ret_inner = inner;
    return 0;
}

bool
settings_is_in(const struct settings *s, size_t i)
{
    return s->nodes[i] != NULL;
}

bool
settings_has(const struct settings *s, const char *key)
{
    for (size_t i = 0; i < SETTINGS_MAX_FILES; i++)
        if (lookup(s, i, key))
            return true;
    return false;
}

int
settings_text(const struct settings *s, const char *key, char **text,
              struct vmha_error *err)
{
    const yaml_node_t *n = NULL;
    size_t i = 0;

    while (i < SETTINGS_MAX_FILES && !(n = lookup(s, i, key)))
        i++;
    if (!n)
        return 0;
    if (n->type != YAML_SCALAR_NODE)
        return wrong(s, i, n, key, "a text", err);
    if (memchr(n->data.scalar.value, '\0', n->data.scalar.length))
        return wrong(s, i, n, key, "a text without NUL", err);
    secret_free(*text);
    *text =
        xstrndup((const char *) n->data.scalar.value, n->data.scalar.length);
    return 0;
}

int
settings_bool(const struct settings *s, const char *key, bool *flag,
              struct vmha_error *err)
{
    CLEANUP_FREE char *word = NULL;

    if (settings_text(s, key, &word, err) == -1)
        return -1;
    if (word && scan_bool(word, flag) == -1)
        return vmha_fail(err, VMHA_E_CONFIG, 0, "%s.%s: expected true or false",
                         s->path, key);
    return 0;
}
