/* VMs that Nova will refuse to evacuate. */
#include "refusal.h"

const char *
refusal_of(const struct server_fact *s)
{
    /* nova/compute/api.py: reject_vtpm_instances, block_accelerators */
    static const struct {
        const char *extra_spec, *why;
    } table[] = {
        { "hw:tpm_version",
          "Nova refuses to evacuate it: its flavor has a virtual TPM" },
        { "accel:device_profile",
          "Nova refuses to evacuate it where a nova-compute is older than "
          "Wallaby: its flavor has an accelerator" },
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (pairs_find(&s->extra_specs, table[i].extra_spec))
            return table[i].why;
    return NULL;
}
