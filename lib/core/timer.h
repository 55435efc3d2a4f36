/* One-shot timers on the GLib loop, in our time (see clock.h). */
#ifndef VMHA_TIMER_H
#define VMHA_TIMER_H

#include <stdint.h>

struct timer; /* NULL: not armed */

/* Call FN(ARG) once, DELAY_MS from now.  *T is the timer's place: it is NULL
 * again when FN runs.  An armed timer is replaced.
 */
void timer_arm(struct timer **t, int64_t delay_ms, void (*fn)(void *arg),
               void *arg);
void timer_stop(struct timer **t);

#endif
