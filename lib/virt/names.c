/* libvirt's numbers -> its own words. */
#include "names.h"

#include <stddef.h>

#include <libvirt/libvirt.h>

#include "cleanup.h"

struct name {
    int type, detail; /* -1: all others */
    const char *text;
};

#define EVENT(TYPE, DETAIL)                                                    \
    VIR_DOMAIN_EVENT_##TYPE, VIR_DOMAIN_EVENT_##TYPE##_##DETAIL

/* clang-format off */
static const struct name lifecycle[] = {
    { EVENT(STARTED, MIGRATED),          "started/migrated" },
    { VIR_DOMAIN_EVENT_STARTED, -1,      "started" },
    { EVENT(SUSPENDED, IOERROR),         "suspended/ioerror" },
    { EVENT(SUSPENDED, WATCHDOG),        "suspended/watchdog" },
    { EVENT(SUSPENDED, MIGRATED),        "suspended/migrated" },
    { EVENT(SUSPENDED, API_ERROR),       "suspended/api-error" },
    { EVENT(SUSPENDED, POSTCOPY_FAILED), "suspended/postcopy-failed" },
    { VIR_DOMAIN_EVENT_SUSPENDED, -1,    "suspended" },
    { VIR_DOMAIN_EVENT_RESUMED, -1,      "resumed" },
    { EVENT(STOPPED, SHUTDOWN),          "stopped/shutdown" },
    { EVENT(STOPPED, DESTROYED),         "stopped/destroyed" },
    { EVENT(STOPPED, CRASHED),           "stopped/crashed" },
    { EVENT(STOPPED, MIGRATED),          "stopped/migrated" },
    { EVENT(STOPPED, SAVED),             "stopped/saved" },
    { EVENT(STOPPED, FAILED),            "stopped/failed" },
    { VIR_DOMAIN_EVENT_STOPPED, -1,      "stopped" },
    { EVENT(CRASHED, PANICKED),          "crashed/panicked" },
    { EVENT(CRASHED, CRASHLOADED),       "crashloaded" },
    { VIR_DOMAIN_EVENT_DEFINED, -1,      "defined" },
    { EVENT(UNDEFINED, RENAMED),         "renamed" },
    { VIR_DOMAIN_EVENT_UNDEFINED, -1,    "undefined" },
    { VIR_DOMAIN_EVENT_SHUTDOWN, -1,     "shutdown" },
    { VIR_DOMAIN_EVENT_PMSUSPENDED, -1,  "suspended/pm" },
};

static const struct name states[] = {
    { VIR_DOMAIN_RUNNING, -1,            "is running" },
    { VIR_DOMAIN_BLOCKED, -1,            "is running" },
    { VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_IOERROR, "is paused/ioerror" },
    { VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_WATCHDOG, "is paused/watchdog" },
    { VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_CRASHED, "is paused/crashed" },
    { VIR_DOMAIN_PAUSED, -1,             "is paused" },
    { VIR_DOMAIN_PMSUSPENDED, -1,        "is paused/pm" },
    { VIR_DOMAIN_SHUTDOWN, -1,           "is paused/shutdown" },
    { VIR_DOMAIN_CRASHED, -1,            "is crashed" },
    { VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_CRASHED, "is shutoff/crashed" },
    { VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_FAILED, "is shutoff/failed" },
    { VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_UNKNOWN, "is shutoff/unknown" },
    { VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_DAEMON, "is shutoff/daemon" },
    { VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_DESTROYED, "is shutoff/destroyed" },
    { VIR_DOMAIN_SHUTOFF, -1,            "is shutoff" },
};

static const struct name watchdogs[] = {
    { VIR_DOMAIN_EVENT_WATCHDOG_PAUSE, -1,    "watchdog/pause" },
    { VIR_DOMAIN_EVENT_WATCHDOG_RESET, -1,    "watchdog/reset" },
    { VIR_DOMAIN_EVENT_WATCHDOG_POWEROFF, -1, "watchdog/poweroff" },
    { VIR_DOMAIN_EVENT_WATCHDOG_SHUTDOWN, -1, "watchdog/shutdown" },
    { VIR_DOMAIN_EVENT_WATCHDOG_DEBUG, -1,    "watchdog/debug" },
    { VIR_DOMAIN_EVENT_WATCHDOG_INJECTNMI, -1, "watchdog/inject-nmi" },
    { VIR_DOMAIN_EVENT_WATCHDOG_NONE, -1,     "watchdog/none" },
};

static const struct name io_errors[] = {
    { VIR_DOMAIN_EVENT_IO_ERROR_PAUSE, -1,  "io-error/pause" },
    { VIR_DOMAIN_EVENT_IO_ERROR_REPORT, -1, "io-error/report" },
    { VIR_DOMAIN_EVENT_IO_ERROR_NONE, -1,   "io-error/none" },
};
/* clang-format on */

static const char *
find(const struct name *names, size_t n, int type, int detail)
{
    for (size_t i = 0; i < n; i++)
        if (names[i].type == type &&
            (names[i].detail == -1 || names[i].detail == detail))
            return names[i].text;
    return "";
}

const char *
names_lifecycle(int type, int detail)
{
    return find(lifecycle, N_ELEMENTS(lifecycle), type, detail);
}

const char *
names_state(int state, int reason)
{
    return find(states, N_ELEMENTS(states), state, reason);
}

const char *
names_watchdog(int action)
{
    return find(watchdogs, N_ELEMENTS(watchdogs), action, -1);
}

const char *
names_io_error(int action)
{
    return find(io_errors, N_ELEMENTS(io_errors), action, -1);
}
