/* Strict reading of JSON documents from outside.
 *
 * Types that we use must be right, keys that we do not know are ignored.
 * Errors (VMHA_E_INPUT) name the place: "servers[3].status: expected a
 * string".  Of a key given twice the last counts, as for the Python services
 * that write these documents.
 */
#ifndef VMHA_REPLY_H
#define VMHA_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"
#include "error.h"

struct json_object;

/* An object or an array inside a document, borrowed from it. */
struct reply_node {
    struct json_object *value;
    char where[80]; /* "servers[3].", "" at the top */
};

/* Parse LEN bytes that hold one object.  NULL with an error.  The result is
 * for reply_free.
 */
struct json_object *reply_parse(const char *bytes, size_t len,
                                struct vmha_error *err);
void reply_free(struct json_object **doc);
#define CLEANUP_REPLY CLEANUP(reply_free)

struct reply_node reply_top(struct json_object *doc);

/* Members of an object.  Texts are borrowed from the document and hold no NUL.
 * The _opt forms give NULL where the key is missing or null.
 */
int reply_text(const struct reply_node *n, const char *key,
               const char **ret_text, struct vmha_error *err);
int reply_text_opt(const struct reply_node *n, const char *key,
                   const char **ret_text, struct vmha_error *err);
int reply_bool(const struct reply_node *n, const char *key, bool *ret_value,
               struct vmha_error *err);
int reply_int(const struct reply_node *n, const char *key, int64_t *ret_value,
              struct vmha_error *err);
int reply_object(const struct reply_node *n, const char *key,
                 struct reply_node *ret_object, struct vmha_error *err);
int reply_list(const struct reply_node *n, const char *key,
               struct reply_node *ret_list, struct vmha_error *err);

/* Texts of KEY, in order: the members of an object (NAME, VALUE), or the items
 * of a list (NAME is NULL).  None where the key is missing or null.
 */
typedef void reply_text_fn(const char *name, const char *value, void *arg);
int reply_texts_opt(const struct reply_node *n, const char *key,
                    reply_text_fn *fn, void *arg, struct vmha_error *err);

/* A time "2026-11-23T11:33:03Z" in milliseconds since the epoch; 0 where the
 * key is missing or null.
 */
int reply_time_opt(const struct reply_node *n, const char *key, int64_t *ret_ms,
                   struct vmha_error *err);

/* Is KEY there and not null? */
bool reply_has(const struct reply_node *n, const char *key);

/* Items of a list, which must be objects. */
size_t reply_length(const struct reply_node *list);
int reply_item(const struct reply_node *list, size_t i,
               struct reply_node *ret_item, struct vmha_error *err);

/* What a service says about its refusal, e.g. {"badRequest": {"message": ".."}}
 * or {"error": {"message": ".."}}; one line, cut to SIZE; "" where there is
 * none.
 */
void reply_refusal(const char *bytes, size_t len, char *text, size_t size);

#endif
