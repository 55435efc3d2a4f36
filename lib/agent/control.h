/* Ask a daemon on its control socket: one line out, one line back. */
#ifndef VMHA_CONTROL_H
#define VMHA_CONTROL_H

#include <stdint.h>

#include "error.h"

enum { CONTROL_LINE_MAX = 4096 }; /* bytes, with the newline */

/* Send REQUEST (no newline in it) to the socket at PATH and return the answer
 * without its newline; the caller frees it.  NULL with VMHA_E_ABSENT where
 * nobody listens, VMHA_E_AGAIN where no answer came within TIMEOUT_MS,
 * VMHA_E_INPUT where the answer is no line.
 */
char *control_ask(const char *path, const char *request, int64_t timeout_ms,
                  struct vmha_error *err);

#endif
