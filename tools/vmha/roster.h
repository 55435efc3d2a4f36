/* What the daemons say of their segments and hosts (report_segment there). */
#ifndef VMHA_ROSTER_H
#define VMHA_ROSTER_H

#include <stdbool.h>

#include <json-c/json.h>

#include "buf.h"
#include "error.h"

enum { ROSTER_MAX = 64, ROSTER_HOSTS_MAX = 10000 };

/* One document for each daemon that answered, checked to be one. */
struct roster {
    struct json_object *docs[ROSTER_MAX];
    size_t n;
};

int roster_ask(struct roster *ret_roster, struct vmha_error *err);
void roster_clear(struct roster *r);
#define CLEANUP_ROSTER CLEANUP(roster_clear)

/* Take in BYTES, what instance NAME answered. */
int roster_add(struct roster *r, const char *name, const char *bytes,
               size_t len, struct vmha_error *err);

/* Members of a document or of a host in it; "" and false where there is none.
 */
const char *roster_text(struct json_object *o, const char *key);
bool roster_flag(struct json_object *o, const char *key);
/* Its hosts, by number; NULL behind the last. */
struct json_object *roster_host(struct json_object *doc, size_t i);

/* A line for people on one segment, or one host of it; safe for a terminal. */
void roster_put_segment(struct buf *b, struct json_object *doc, bool is_utf8);
void roster_put_host(struct buf *b, struct json_object *doc,
                     struct json_object *host, bool is_utf8);

/* {"instances": [...]} or {"hosts": [...]}; only those of SEGMENT or named HOST
 * where these are not NULL.
 */
struct json_object *roster_document(const struct roster *r,
                                    const char *segment);
struct json_object *roster_hosts_document(const struct roster *r,
                                          const char *host);

#endif
