/* Masakari's process_list.yaml: a list of mappings (masakari-monitors,
 * etc/masakarimonitors/process_list.yaml.sample).
 */
#include <string.h>
#include <strings.h>

#include <yaml.h>

#include "cleanup.h"
#include "processes-conf.h"
#include "xalloc.h"

#define TRIES "4" /* its restart_retries and the first one */

/* clang-format off */
static const struct {
    const char *theirs, *ours;
} keys[] = {
    { "start_command",        "start" },
    { "pre_start_command",    "pre_start" },
    { "post_start_command",   "post_start" },
    { "restart_command",      "restart" },
    { "pre_restart_command",  "pre_restart" },
    { "post_restart_command", "post_restart" },
};
/* clang-format on */

struct list {
    yaml_parser_t parser;
    yaml_document_t doc;
    bool has_doc;
};

static void
list_clear(struct list *l)
{
    if (l->has_doc)
        yaml_document_delete(&l->doc);
    yaml_parser_delete(&l->parser);
}

static int
list_load(struct list *l, const char *text, size_t len, struct vmha_error *err)
{
    if (!yaml_parser_initialize(&l->parser))
        abort();
    yaml_parser_set_input_string(&l->parser, (const unsigned char *) text, len);
    l->has_doc = yaml_parser_load(&l->parser, &l->doc);
    if (l->has_doc)
        return 0;
    return vmha_fail(err, VMHA_E_CONFIG, 0, "line %zu: %s",
                     l->parser.problem_mark.line + 1,
                     l->parser.problem ? l->parser.problem : "no YAML");
}

static int
fail_at(const yaml_node_t *n, const char *what, struct vmha_error *err)
{
    return vmha_fail(err, VMHA_E_CONFIG, 0, "line %zu: %s",
                     n->start_mark.line + 1, what);
}

/* Its text; NULL where it is no plain value.  A NUL ends it, as for C. */
static const char *
scalar(const yaml_node_t *n)
{
    return n && n->type == YAML_SCALAR_NODE
               ? (const char *) n->data.scalar.value
               : NULL;
}

static bool
is_none(const char *value)
{
    return !*value || strcmp(value, "~") == 0 || strcmp(value, "null") == 0;
}

/* It is what "ps -ef" shows: of an interpreter and its script, the script. */
static char *
exe_of(const char *process_name)
{
    const char *at = NULL;

    for (const char *p = process_name; *p; p++)
        if (*p == '/' && (p == process_name || p[-1] == ' '))
            at = p;
    return at ? xstrndup(at, strcspn(at, " ")) : NULL;
}

static const char *
own_key(const char *theirs)
{
    for (size_t i = 0; i < N_ELEMENTS(keys); i++)
        if (strcmp(keys[i].theirs, theirs) == 0)
            return keys[i].ours;
    return NULL;
}

static const yaml_node_t *
find(struct list *l, const yaml_node_t *map, const char *key)
{
    for (yaml_node_pair_t *p = map->data.mapping.pairs.start;
         p < map->data.mapping.pairs.top; p++) {
        const char *k = scalar(yaml_document_get_node(&l->doc, p->key));

        if (k && strcmp(k, key) == 0)
            return yaml_document_get_node(&l->doc, p->value);
    }
    return NULL;
}

static int
set_pair(struct process_conf *p, const char *key, const yaml_node_t *n,
         struct vmha_error *err)
{
    const char *value = scalar(n), *ours = own_key(key);
    bool is_root = true;

    if (!value)
        return vmha_fail(err, VMHA_E_CONFIG, 0, "%.64s: expected a text", key);
    if (strcmp(key, "process_name") == 0 || (ours && is_none(value)))
        return 0;
    if (ours)
        return param_set(process_params, p, ours, value, err);
    if (strcmp(key, "run_as_root") != 0)
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "'%.64s' is no key of this list", key);
    if (strcasecmp(value, "false") == 0 || strcasecmp(value, "no") == 0)
        is_root = false;
    if (!is_root)
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "run_as_root: '%.64s' names no user; use "
                         "vmha-processes.conf(5) and its parameter user",
                         value);
    return 0;
}

static int
read_process(struct list *l, const yaml_node_t *map,
             struct processes_conf *conf, struct vmha_error *err)
{
    const char *name = scalar(find(l, map, "process_name"));
    CLEANUP_FREE char *exe = name ? exe_of(name) : NULL;
    struct process_conf *p;

    if (!exe)
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "process_name: '%.64s' has no path of a program",
                         name ? name : "");
    p = processes_conf_add(conf, strrchr(exe, '/') + 1, err);
    if (!p || param_set(process_params, p, "exe", exe, err) == -1 ||
        param_set(process_params, p, "tries", TRIES, err) == -1)
        return -1;
    for (yaml_node_pair_t *i = map->data.mapping.pairs.start;
         i < map->data.mapping.pairs.top; i++) {
        const yaml_node_t *key = yaml_document_get_node(&l->doc, i->key);

        if (!scalar(key))
            return vmha_fail(err, VMHA_E_CONFIG, 0, "a key is no text");
        if (set_pair(p, scalar(key), yaml_document_get_node(&l->doc, i->value),
                     err) == -1)
            return -1;
    }
    return process_conf_finish(p, err);
}

int
process_list_parse(const char *text, size_t len,
                   struct processes_conf *ret_conf, struct vmha_error *err)
{
    CLEANUP(processes_conf_clear)
    struct processes_conf conf = PROCESSES_CONF_INIT;
    CLEANUP(list_clear) struct list l = { .has_doc = false };
    const yaml_node_t *root;

    if (list_load(&l, text, len, err) == -1)
        return -1;
    root = yaml_document_get_root_node(&l.doc);
    if (!root)
        return 0; /* an empty file */
    if (root->type != YAML_SEQUENCE_NODE)
        return fail_at(root, "expected a list of processes", err);
    for (yaml_node_item_t *i = root->data.sequence.items.start;
         i < root->data.sequence.items.top; i++) {
        const yaml_node_t *map = yaml_document_get_node(&l.doc, *i);

        if (map->type != YAML_MAPPING_NODE)
            return fail_at(map, "expected a process", err);
        if (read_process(&l, map, &conf, err) == -1)
            return vmha_context(err, "line %zu", map->start_mark.line + 1);
    }
    *ret_conf = conf;
    conf = (struct processes_conf) PROCESSES_CONF_INIT;
    return 0;
}
