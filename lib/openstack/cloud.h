/* A session with one OpenStack cloud: credentials, token, catalogue.
 *
 * Credentials come from clouds.yaml (and secure.yaml, which overrides it), are
 * read again on reload and for each new token, and never leave this layer.
 */
#ifndef VMHA_CLOUD_H
#define VMHA_CLOUD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct cloud;

/* A request to one service of the catalogue. */
struct cloud_request {
    const char *service; /* service type: "compute" */
    const char *method;
    const char *path;         /* below the endpoint, with its query */
    const char *body;         /* JSON text, or NULL */
    const char *microversion; /* "2.53", or NULL for none */
    int64_t timeout_ms;       /* whole call, a renewal of the token included */

    /* Send it now or never: where it would have to wait for a token it fails
     * at once with VMHA_E_AGAIN, not sent, and the token is fetched for others;
     * so it does where no connection is there within 3 s.
     */
    bool is_prompt;
};

struct cloud_response {
    int status;    /* HTTP status, 0 unless an answer came whole */
    bool was_sent; /* may the request have reached the service? */
    const char *body;
    size_t body_len;
    const char *request_id; /* X-Compute-Request-Id, or "" */
    int64_t took_ms;        /* from first byte sent to last received */

    /* NULL where a 2xx answer came whole.  VMHA_E_UNKNOWN where a request
     * other than GET may have had its effect: no whole answer, or a 5xx.
     */
    const struct vmha_error *err;
};

typedef void cloud_fn(const struct cloud_response *r, void *arg);

/* Read cloud NAME of the clouds.yaml at PATH (secure.yaml beside it is merged
 * where it exists).  Both must be regular files, owned by root or by us, with
 * no rights for group or others.  NULL with an error that names file, line or
 * key.  Nothing is sent yet.  The process leaves no core file from now on, nor
 * do its children.
 */
struct cloud *cloud_new(const char *path, const char *name,
                        struct vmha_error *err);
void cloud_free(struct cloud *c);

/* Read the files again and forget the token.  On failure all stays as it was.
 */
int cloud_reload(struct cloud *c, struct vmha_error *err);

/* Send a request.  The token is fetched when missing or nearly expired (calls
 * wait for one renewal together); a 401 reads the files again, renews the
 * token and repeats the request once.  FN is called exactly once, later, on
 * the main loop; not at all for calls that cloud_free ends.
 */
void cloud_call(struct cloud *c, const struct cloud_request *req, cloud_fn *fn,
                void *arg);

/* End all calls with this ARG without their callback. */
void cloud_cancel(struct cloud *c, const void *arg);

/* Take back calls with this ARG that were to be sent now or never, and still
 * wait for their connection: they fail with VMHA_E_AGAIN, not sent.
 */
void cloud_recall(struct cloud *c, const void *arg);

/* The endpoint's URL of a service once a token was fetched, else NULL. */
const char *cloud_endpoint(struct cloud *c, const char *service);

/* The id of the user that we are, by the token in use; NULL where there is
 * none, or Keystone did not tell.
 */
const char *cloud_user_id(const struct cloud *c);

#endif
