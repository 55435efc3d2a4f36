/* A scripted HTTP server on the test's own main loop.
 *
 * It listens on a free port of 127.0.0.1.  Each request that arrives whole is
 * recorded and answered by the first rule left that matches its start.
 */
#ifndef VMHA_PEER_H
#define VMHA_PEER_H

#include <stdbool.h>
#include <stddef.h>

struct peer;

enum peer_end {
    PEER_KEEP,  /* keep the connection */
    PEER_CLOSE, /* close it after the answer */
    PEER_RESET, /* close it by a reset */
    PEER_HANG,  /* send what there is, then nothing, ever */
};

struct peer_rule {
    const char *match; /* "GET /x": start of the request */
    const char *bytes; /* the answer as it goes over the wire */
    size_t len;        /* 0: strlen(bytes) */
    unsigned delay_ms; /* real time before the answer */
    enum peer_end end;
    unsigned times; /* uses of the rule; 0: any number */
};

struct peer *peer_new(void);
void peer_free(struct peer *p);

/* "http://127.0.0.1:PORT" */
const char *peer_url(const struct peer *p);

/* Let no new connection be made: as with a server whose queue is full, nobody
 * answers.
 */
void peer_jam(struct peer *p);

/* Append a rule.  MATCH and BYTES are copied. */
void peer_rule(struct peer *p, const struct peer_rule *rule);

/* Append a rule that answers with STATUS and JSON text BODY: for ever, or for
 * the next request only.  HEADERS is "" or whole lines, each with its CRLF.
 */
void peer_json(struct peer *p, const char *match, int status,
               const char *headers, const char *body);
void peer_json_once(struct peer *p, const char *match, int status,
                    const char *headers, const char *body);
void peer_forget_rules(struct peer *p);

/* Requests so far, oldest first, with head and body; "" beyond the last. */
size_t peer_n_requests(const struct peer *p);
const char *peer_request(const struct peer *p, size_t i);

/* Requests so far that start with MATCH. */
size_t peer_count(const struct peer *p, const char *match);
size_t peer_n_connections(const struct peer *p);

/* Run the main loop until *FLAG, at most DEADLINE_MS of real time.  Was it
 * reached?
 */
bool peer_wait(const bool *flag, unsigned deadline_ms);

/* Run the main loop until N requests started with MATCH. */
bool peer_wait_count(const struct peer *p, const char *match, size_t n,
                     unsigned deadline_ms);

/* Run the main loop for MS: for what must not happen meanwhile. */
void peer_linger(unsigned ms);

#endif
