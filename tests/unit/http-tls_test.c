/* lib/openstack/http over TLS, against `openssl s_server`. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

#include "../peer/peer.h"
#include "cleanup.h"
#include "http.h"
#include "tap.h"
#include "xalloc.h"

static char dir[] = "/tmp/vmha-tls-XXXXXX";

static char *
in_dir(const char *name)
{
    return xasprintf("%s/%s", dir, name);
}

/* Run a command line in DIR. */
static void
run(const char *line)
{
    char **argv = NULL;
    int status = -1;

    ok(g_shell_parse_argv(line, NULL, &argv, NULL));
    ok_msg(g_spawn_sync(dir, argv, NULL,
                        G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL |
                            G_SPAWN_STDERR_TO_DEV_NULL,
                        NULL, NULL, NULL, NULL, &status, NULL) &&
               status == 0,
           "%s", line);
    g_strfreev(argv);
}

#define NEW_KEY "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "

static void
make_files(void)
{
    ok(mkdtemp(dir) != NULL);
    run("openssl req -x509 " NEW_KEY "-keyout ca.key -out ca.pem -days 2 "
        "-subj /CN=test-ca");
    run("openssl req " NEW_KEY "-keyout srv.key -out srv.csr "
        "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1");
    run("openssl x509 -req -in srv.csr -CA ca.pem -CAkey ca.key "
        "-CAcreateserial -out srv.pem -days 2 -copy_extensions copy");
    run("openssl req " NEW_KEY "-keyout cli.key -out cli.csr -subj /CN=cli");
    run("openssl x509 -req -in cli.csr -CA ca.pem -CAkey ca.key "
        "-CAcreateserial -out cli.pem -days 2");
}

/* A port that was free a moment ago. */
static unsigned
free_port(void)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t len = sizeof a;
    CLEANUP_CLOSE int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ok(bind(fd, (struct sockaddr *) &a, sizeof a) == 0);
    ok(getsockname(fd, (struct sockaddr *) &a, &len) == 0);
    return ntohs(a.sin_port);
}

/* A TLS server that answers GETs with a page about the connection. */
struct server {
    GPid pid;
    char *url;
};

static bool
answers(unsigned port)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t) port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    CLEANUP_CLOSE int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return connect(fd, (struct sockaddr *) &a, sizeof a) == 0;
}

static struct server
server_new(const char *more)
{
    unsigned port = free_port();
    struct server s = { .url = xasprintf("https://127.0.0.1:%u/", port) };
    CLEANUP_FREE char *line =
        xasprintf("openssl s_server -quiet -www -accept 127.0.0.1:%u "
                  "-cert srv.pem -key srv.key %s",
                  port, more);
    char **argv = NULL;

    ok(g_shell_parse_argv(line, NULL, &argv, NULL));
    ok(g_spawn_async(dir, argv, NULL,
                     G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                         G_SPAWN_STDOUT_TO_DEV_NULL |
                         G_SPAWN_STDERR_TO_DEV_NULL,
                     NULL, NULL, &s.pid, NULL));
    g_strfreev(argv);
    for (int i = 0; i < 500 && !answers(port); i++)
        peer_linger(10);
    return s;
}

static void
server_clear(struct server *s)
{
    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
    free(s->url);
}
#define CLEANUP_SERVER CLEANUP(server_clear)

/* What a call gave. */
struct got {
    bool is_done, was_sent;
    int status;
    struct vmha_error err;
};

static void
on_done(const struct http_response *r, void *arg)
{
    struct got *g = arg;

    g->is_done = true;
    g->was_sent = r->was_sent;
    g->status = r->status;
    if (r->err)
        g->err = *r->err;
}

static struct got
post(const char *url, const struct http_tls *tls)
{
    struct http *h = http_new();
    struct got g = { 0 };

    http_send(h,
              &(struct http_request){ .method = "POST",
                                      .url = url,
                                      .body = "{}",
                                      .body_len = 2,
                                      .timeout_ms = 5000,
                                      .tls = *tls },
              on_done, &g);
    ok(peer_wait(&g.is_done, 10000));
    http_free(h);
    return g;
}

/* s_server serves GETs only: after a good handshake a POST was sent and gets
 * no HTTP answer.
 */
static void
sent(const struct got *g)
{
    ok_msg(g->was_sent, "%s", g->err.text);
    is_int(g->err.kind, VMHA_E_UNKNOWN);
}

static void
refused(const struct got *g)
{
    ok(!g->was_sent);
    is_int(g->status, 0);
    ok_msg(g->err.kind == VMHA_E_CONFIG, "%d: %s", g->err.kind, g->err.text);
}

static void
test_verified_server(void)
{
    CLEANUP_FREE char *ca = in_dir("ca.pem");
    CLEANUP_SERVER struct server s = server_new("");
    struct got g = post(s.url, &(struct http_tls){ .ca_file = ca });

    sent(&g);
}

static void
test_unknown_authority(void)
{
    CLEANUP_SERVER struct server s = server_new("");
    struct got g = post(s.url, &(struct http_tls){ 0 });

    refused(&g);
}

static void
test_other_name(void)
{
    CLEANUP_FREE char *ca = in_dir("ca.pem");
    CLEANUP_SERVER struct server s = server_new("");
    CLEANUP_FREE char *url =
        xasprintf("https://localhost:%s", strrchr(s.url, ':') + 1);
    struct got g = post(url, &(struct http_tls){ .ca_file = ca });

    refused(&g);
}

static void
test_unverified_server(void)
{
    CLEANUP_SERVER struct server s = server_new("");
    struct got g = post(s.url, &(struct http_tls){ .is_unverified = true });

    sent(&g);
}

static void
test_missing_files(void)
{
    CLEANUP_SERVER struct server s = server_new("");
    struct got g = post(s.url, &(struct http_tls){ .ca_file = "/nonexistent" });
    struct got h = post(s.url, &(struct http_tls){ .is_unverified = true,
                                                   .cert_file = "/none",
                                                   .key_file = "/none" });

    refused(&g);
    refused(&h);
}

static void
test_client_certificate(void)
{
    CLEANUP_FREE char *ca = in_dir("ca.pem");
    CLEANUP_FREE char *cert = in_dir("cli.pem");
    CLEANUP_FREE char *key = in_dir("cli.key");
    CLEANUP_SERVER struct server s =
        server_new("-tls1_2 -CAfile ca.pem -Verify 1 -verify_return_error");
    struct got g = post(s.url, &(struct http_tls){ false, ca, cert, key });
    struct got h = post(s.url, &(struct http_tls){ .ca_file = ca });

    sent(&g);
    ok(!h.was_sent);
}

static void
test_plain_server(void)
{
    struct peer *p = peer_new();
    CLEANUP_FREE char *url =
        xasprintf("https:%s/", strchr(peer_url(p), ':') + 1);

    peer_rule(p, &(struct peer_rule){
                     .match = "", .bytes = "no TLS", .end = PEER_CLOSE });
    struct got g = post(url, &(struct http_tls){ .is_unverified = true });
    ok(!g.was_sent);
    is_int(g.status, 0);
    peer_free(p);
}

static void
remove_files(void)
{
    CLEANUP_FREE char *line = xasprintf("rm -r %s", dir);

    run(line);
}

TAP_MAIN({ "certificates for the tests", make_files },
         { "a verified server", test_verified_server },
         { "an unknown authority: nothing was sent", test_unknown_authority },
         { "another name: nothing was sent", test_other_name },
         { "a server that need not be verified", test_unverified_server },
         { "files that are missing", test_missing_files },
         { "a client's certificate", test_client_certificate },
         { "a server without TLS", test_plain_server },
         { "nothing is left", remove_files })
