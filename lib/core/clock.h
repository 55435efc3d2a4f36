/* Time.  Deadlines are monotonic; wall time is only for what people read and
 * for comparing with times that others wrote.
 */
#ifndef VMHA_CLOCK_H
#define VMHA_CLOCK_H

#include <stdint.h>

int64_t clock_mono_ms(void);
int64_t clock_wall_ms(void);

/* Real milliseconds that MS of our time take: for handing a delay to a
 * library.  At least 1 for a positive MS.
 */
int64_t clock_real_ms(int64_t ms);

/* Tests only: let our time run FACTOR times as fast as real time.  Call it
 * before anything else.
 */
void clock_set_speed(unsigned factor);

#endif
