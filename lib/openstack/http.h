/* HTTP: a request becomes a response, with a deadline and a body limit, over
 * curl on the GLib loop.
 *
 * Only http and https; TLS is verified unless told otherwise; redirects are
 * not followed (an endpoint that moved is a mistake to correct, and a token
 * must not follow it).  Proxies of the environment are ignored: the
 * environment of a cluster resource is nobody's choice.  Idle connections are
 * kept for a few seconds.  A request other than GET is never sent twice, also
 * not when a kept connection turns out to be dead.
 */
#ifndef VMHA_HTTP_H
#define VMHA_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum {
    HTTP_MAX_BODY = 64 << 20, /* default limit of an answer's body */
};

struct http;
struct http_call;

struct http_tls {
    bool is_unverified; /* take any certificate */
    const char *ca_file;
    const char *cert_file;
    const char *key_file;
};

struct http_request {
    const char *method;
    const char *url;
    const char *const *headers; /* "Name: value", up to a NULL; copied */
    const char *body; /* or NULL; borrowed until the end of the call */
    size_t body_len;
    int64_t timeout_ms; /* the whole call, in our time */
    int64_t connect_ms; /* of it until the request leaves; 0: 10 s */
    size_t max_body;    /* of the answer; 0: HTTP_MAX_BODY */
    struct http_tls tls;
};

struct http_response {
    int status;    /* 0 unless an answer came whole */
    bool was_sent; /* false: no byte of the request can have left */
    const char *body;
    size_t body_len;
    const char *request_id;    /* X-Compute-/X-Openstack-Request-Id, or "" */
    const char *subject_token; /* Keystone's X-Subject-Token, or NULL */
    int64_t took_ms;           /* from first byte sent to last received */

    /* NULL where an answer came whole, whatever its status.  Its kind is
     * VMHA_E_UNKNOWN where a request other than GET may have had its effect.
     */
    const struct vmha_error *err;
};

typedef void http_fn(const struct http_response *r, void *arg);

struct http *http_new(void);

/* Ends all calls without a callback.  May be called in a callback. */
void http_free(struct http *h);

/* Send a request.  FN is called once, later, on the main loop; what it is
 * given is borrowed.  The call is gone when FN runs.
 */
struct http_call *http_send(struct http *h, const struct http_request *req,
                            http_fn *fn, void *arg);

/* May a byte of the request have left? */
bool http_was_sent(const struct http_call *c);

/* End a call without a callback. */
void http_cancel(struct http_call *c);

#endif
