/* Conformance of what Nova says of hosts that take the VMs of others. */
#ifndef VMHA_CONFORMANCE_HOSTS_H
#define VMHA_CONFORMANCE_HOSTS_H

#include "nova.h"

/* What the tests are about; as in nova-conformance.c. */
struct hosts_subject {
    struct nova **nova;
    const char *host, *hook;
};
extern struct hosts_subject hosts_subject;

/* Another host, which has room; found by the first test. */
extern char *hosts_other;

void hosts_test_groups(void);
void hosts_test_hypervisors(void);
void hosts_test_switching(void);
void hosts_test_aggregates(void);

#endif
