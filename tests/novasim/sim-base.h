/* What all of novasim uses: settings, clocks, timers, ids. */
#ifndef VMHA_SIM_BASE_H
#define VMHA_SIM_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIM_UUID_LEN = 36, SIM_REQUEST_ID_LEN = 40 };

/* Every number that a test can set, by option or by /_sim/settings.  Times
 * marked "scaled" are divided by speed.
 */
struct sim_settings {
    int64_t speed;
    /* evacuation (scaled) */
    int64_t accept_ms; /* POST answered -> the scheduler has chosen */
    int64_t spawn_ms;  /* claim -> guest runs */
    int64_t finish_ms; /* guest runs -> host changed, record done */
    int64_t slots;     /* rebuilds at once on one destination; 0: no limit */
    int64_t no_group_check; /* 1: disable_group_policy_check_upcall (N19) */
    int64_t strict_saves;   /* 1: check task_state before the spawn, too */
    /* other work of nova-compute (scaled) */
    int64_t stop_ms;
    int64_t start_ms;
    int64_t delete_ms;
    int64_t init_ms;       /* process start -> init_host is through */
    int64_t report_ms;     /* heartbeat interval */
    int64_t down_ms;       /* service_down_time */
    int64_t lifecycle_ms;  /* guest dies by itself -> Nova stops it */
    int64_t sync_power_ms; /* sync_power_state_interval; 0: never */
    /* API (real time) */
    int64_t token_ttl_ms;
    int64_t clock_offset_ms; /* the cloud's clock minus ours */
    int64_t max_minor;       /* highest microversion 2.x */
    int64_t max_limit;       /* [api] max_limit */
    int64_t old_computes;    /* 1: a compute is too old for 2.95 (N24) */
    int64_t project_in_url;  /* 1: catalog URLs end in the project id */
};

extern struct sim_settings sim_set;

/* Set one by name.  -1: no such setting, or VALUE is out of range. */
int sim_setting(const char *name, int64_t value);
/* The N-th setting, for listing; NULL past the last. */
const char *sim_setting_nth(size_t n, int64_t *ret_value);

int64_t sim_now_ms(void);  /* the cloud's wall clock */
int64_t sim_wall_ms(void); /* ours: logs and ledger */
int64_t sim_scaled(int64_t ms);

/* Call FN(ARG) once, in REAL_MS milliseconds.  Timers cannot be stopped: FN
 * looks whether it is still wanted.  Equal times run in the order of adding.
 */
void sim_after(int64_t real_ms, void (*fn)(void *arg), void *arg);
/* Run what is due. */
void sim_run_timers(void);
/* Real ms until the next timer, -1: there is none. */
int64_t sim_next_timer_ms(void);

/* Random numbers from --seed, so that a run can be repeated. */
void sim_seed(uint32_t seed);
uint32_t sim_random(uint32_t below);
void sim_uuid(char buf[SIM_UUID_LEN + 1]);
void sim_request_id(char buf[SIM_REQUEST_ID_LEN + 1]);

/* Report a broken option or scenario and exit 2. */
_Noreturn void sim_die(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

#endif
