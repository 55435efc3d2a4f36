/* Conformance of how a cloud lets its users in. */
#ifndef VMHA_CONFORMANCE_SIGN_IN_H
#define VMHA_CONFORMANCE_SIGN_IN_H

#include "cloud.h"

/* What the tests are about; as in nova-conformance.c. */
extern struct sign_in_subject {
    const char *yaml, *cloud;
} sign_in_subject;

/* Get a token; the answer is in `got`. */
void sign_in(struct cloud *c);

void sign_in_test_app_credential(void);
void sign_in_test_wrong_password(void);

#endif
