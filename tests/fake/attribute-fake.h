/* Attributes without a cluster: cluster_attribute_read and _set. */
#ifndef VMHA_ATTRIBUTE_FAKE_H
#define VMHA_ATTRIBUTE_FAKE_H

/* End those under way, without a call. */
void attribute_fake_forget(void);

#endif
