/* A daemon's control socket on the GLib loop: lines in, one line back each.
 *
 * Only the daemon's own user can connect (mode 0600).  A client that sends
 * more than CONTROL_LINE_MAX bytes without a newline, or a NUL, or is idle for
 * CONTROL_IDLE_MS, is cut off; so is one beyond CONTROL_CLIENTS_MAX.
 */
#ifndef VMHA_CONTROL_SERVER_H
#define VMHA_CONTROL_SERVER_H

#include "control.h"
#include "error.h"

enum { CONTROL_CLIENTS_MAX = 16, CONTROL_IDLE_MS = 10000 };

struct control_server;

/* Answers LINE (no newline in it) with text that the server frees; what is
 * behind CONTROL_LINE_MAX is cut, line ends become blanks.
 */
typedef char *control_fn(const char *line, void *arg);

/* Listen at PATH.  A socket that is there already is replaced: the caller
 * holds a pidfile_lock, so nobody else listens.
 */
struct control_server *control_server_new(const char *path, control_fn *fn,
                                          void *arg, struct vmha_error *err);
/* Stop listening, cut off all clients and remove the socket. */
void control_server_free(struct control_server *s);

#endif
