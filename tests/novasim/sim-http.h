/* HTTP: requests in, answers out, with latency and mishaps in between. */
#ifndef VMHA_SIM_HTTP_H
#define VMHA_SIM_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>
#include <json-c/json.h>

#include "sim-base.h"

struct sim_token;

enum { SIM_ARGS = 3 };

struct sim_req {
    uint64_t seq;
    int64_t arrived_us;           /* monotonic */
    char *method, *target, *path; /* target: path?query as sent */
    char *host;                   /* Host header */
    GTree *query;                 /* name -> last value, sorted by name */
    GString *in;
    struct json_object *body; /* parsed IN, or NULL */
    char *token, *subject_token, *version, *legacy_version, *content_type;
    /* what dispatch found out */
    char *args[SIM_ARGS]; /* the {} of the route, in order */
    int minor;            /* effective microversion 2.x; 0: none */
    const struct sim_token *who;
    char request_id[SIM_REQUEST_ID_LEN + 1];
    /* the answer */
    int status;
    GString *out;
    GPtrArray *headers; /* name, value, name, value... */
};

/* Set a header of the answer. */
void sim_header(struct sim_req *r, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
const char *sim_query(const struct sim_req *r, const char *name);

/* Latency of a class of routes ("evacuate", "*" for all): MS and up to JITTER
 * more, before the request takes effect.
 */
void sim_latency(const char *route_class, int64_t ms, int64_t jitter);

/* Listen on ADDR (IPv4 or [IPv6]):PORT, 0 for any port; the port it got. */
unsigned sim_http_start(const char *listen);
/* Serve until the process gets SIGTERM or SIGINT. */
void sim_http_loop(void);

#endif
