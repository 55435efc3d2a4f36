/* libvirt's numbers -> its own words, "type/detail": "stopped/failed", and for
 * states that were read "is paused/ioerror".  "" where we have no word.
 */
#ifndef VMHA_NAMES_H
#define VMHA_NAMES_H

const char *names_lifecycle(int type, int detail);
const char *names_state(int state, int reason);
const char *names_watchdog(int action);
const char *names_io_error(int action);

#endif
