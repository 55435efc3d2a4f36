/* Write JSON into a string, and describe JSON values as Python would. */
#ifndef VMHA_SIM_JSON_H
#define VMHA_SIM_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>
#include <json-c/json.h>

/* Each call adds one value, with its comma where one is due.  KEY is NULL in
 * an array.  Text is escaped; NULL text becomes null.
 */
void out_open(GString *o, const char *key, char bracket);
void out_close(GString *o, char bracket);
void out_str(GString *o, const char *key, const char *value);
void out_int(GString *o, const char *key, int64_t value);
void out_bool(GString *o, const char *key, bool value);
void out_null(GString *o, const char *key);
void out_json(GString *o, const char *key, struct json_object *value);
void out_fmt(GString *o, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Times in the two forms of Nova; 0 becomes null.  A database DATETIME has
 * whole seconds, which the API prints as ".000000".
 */
void out_time(GString *o, const char *key,
              int64_t ms); /* 2026-11-23T11:33:03.000000 */
void out_ztime(GString *o, const char *key,
               int64_t ms); /* 2026-11-23T11:33:03Z */

/* repr() and str() of a value, for Nova's validation messages.  Caller frees
 * by g_free.
 */
char *py_repr(struct json_object *value);
char *py_str(struct json_object *value);

/* Readers of request and control bodies: the default where KEY is absent. */
const char *in_str(struct json_object *o, const char *key, const char *dflt);
int64_t in_int(struct json_object *o, const char *key, int64_t dflt);
bool in_bool(struct json_object *o, const char *key, bool dflt);
struct json_object *in_get(struct json_object *o, const char *key);

/* Parse text; NULL with no object on any error, and on trailing bytes. */
struct json_object *in_parse(const char *text, size_t len);

#endif
