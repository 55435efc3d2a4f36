/* Log: levels as in Pacemaker, targets by libqb.
 *
 * error: something failed that the cluster depends on; warning: we recover;
 * notice: an important success; info, debug: diagnosis.  One line an event,
 * key facts as name='value'.  Programs log; libraries return errors.
 */
#ifndef VMHA_LOG_H
#define VMHA_LOG_H

#include <stdbool.h>
#include <syslog.h>

/* Open the log of program NAME: syslog (facility daemon), and a copy on stderr
 * where TO_STDERR.  DEBUG adds debug lines, and those of Pacemaker's libraries.
 */
void log_open(const char *name, bool to_stderr, bool debug);
void log_close(void);

void log_at(int priority, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#define log_error(...)   log_at(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_at(LOG_WARNING, __VA_ARGS__)
#define log_notice(...)  log_at(LOG_NOTICE, __VA_ARGS__)
#define log_info(...)    log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...)   log_at(LOG_DEBUG, __VA_ARGS__)

#endif
