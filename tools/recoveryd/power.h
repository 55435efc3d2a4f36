/* Power a node on by its fencing devices. */
#ifndef VMHA_POWER_H
#define VMHA_POWER_H

/* Called once, from the main loop; WHY is NULL where it went well. */
typedef void power_fn(const char *why, void *arg);

/* Ask the fencer, by stonith_admin, which no API of 3.x replaces.  The answer
 * takes as long as the devices do, two minutes at most.
 */
void power_on(const char *node, power_fn *fn, void *arg);

/* Forget the answers that are still to come. */
void power_forget(void);

#endif
