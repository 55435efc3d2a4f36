/* The worker: asks VMs, one at a time, and may hang on each. */
#ifndef VMHA_WORKER_H
#define VMHA_WORKER_H

/* Connect to URI, say "ready" (or "error WHY") on standard output, then answer
 * each question on standard input by a line (asking.h).  Returns an exit
 * status: 0 when the input ends.
 */
int worker_run(const char *uri, unsigned agent_timeout_s);

#endif
