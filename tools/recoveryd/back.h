/* Carry out the steps of a host's way back into service. */
#ifndef VMHA_BACK_H
#define VMHA_BACK_H

#include "daemon.h"

typedef void action_fn(struct daemon *d, struct host *h, const struct step *s);

action_fn back_power_on, back_force_up, back_enable, back_ask_guest,
    back_reboot;

#endif
