/* Log over libqb. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>

#include <qb/qblog.h>

/* Stands for the source file of our own lines.  Pacemaker's libraries log
 * through libqb, too: what matters of it reaches us as errors.
 */
#define OURS "vmha"

static void
enable(int32_t target, uint8_t level, const char *format)
{
    qb_log_filter_ctl(target, QB_LOG_FILTER_CLEAR_ALL, QB_LOG_FILTER_FILE, "*",
                      LOG_TRACE);
    qb_log_filter_ctl(target, QB_LOG_FILTER_ADD, QB_LOG_FILTER_FILE,
                      level == LOG_DEBUG ? "*" : OURS, level);
    qb_log_format_set(target, format);
    qb_log_ctl(target, QB_LOG_CONF_ENABLED, QB_TRUE);
}

void
log_open(const char *name, bool to_stderr, bool debug)
{
    uint8_t level = debug ? LOG_DEBUG : LOG_INFO;

    qb_log_init(name, LOG_DAEMON, level);
    enable(QB_LOG_SYSLOG, level, "%p: %b");
    if (to_stderr)
        enable(QB_LOG_STDERR, level, "%N: %p: %b");
}

void
log_close(void)
{
    qb_log_fini();
}

void
log_at(int priority, const char *fmt, ...)
{
    char line[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    qb_log_from_external_source(__func__, OURS, "%s", (uint8_t) priority,
                                __LINE__, 0, line);
}
