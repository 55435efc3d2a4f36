/* Members of a JSON object, in one line each. */
#ifndef VMHA_PUT_H
#define VMHA_PUT_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

/* TEXT NULL: null. */
void put_text(struct json_object *o, const char *key, const char *text);
/* No more than PUT_CUT bytes of it. */
enum { PUT_CUT = 500 };
void put_cut(struct json_object *o, const char *key, const char *text);
void put_int(struct json_object *o, const char *key, int64_t value);
void put_bool(struct json_object *o, const char *key, bool value);
/* 0 is "not yet": null. */
void put_time(struct json_object *o, const char *key, int64_t wall_ms);

/* The text of O on one line (caller frees), and O's end. */
char *put_done(struct json_object *o);

#endif
