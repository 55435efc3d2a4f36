/* The administrator's rules, on their first line, and what a tenant may write
 * into metadata: keys and values on the others.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "fuzz.h"
#include "select.h"
#include "xalloc.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP_FREE char *text = xstrndup((const char *) data, size);
    CLEANUP(select_rules_clear)
    struct select_rules rules = { .ha_key = "HA_Enabled",
                                  .priority_key = "vmha:priority" };
    CLEANUP(pairs_clear) struct pairs pairs = { 0 };
    struct server_fact s = { .id = "", .name = text, .zone = text };
    struct selection sel;
    struct vmha_error err;
    char *rest = text, *first = strsep(&rest, "\n"), *line;

    while ((line = strsep(&rest, "\n")) != NULL) {
        char *value = line;
        char *key = strsep(&value, "=");

        pairs_add(&pairs, key, value ? value : "");
    }
    s.metadata = s.extra_specs = s.tags = pairs;
    if (select_rules_parse(&rules, first, "evacuate", &err) == -1)
        assert(err.text[0] && rules.n_exclusions == 0);
    (void) select_rules_parse(&rules, NULL, first, &err);
    select_vm(&rules, &s, false, &sel);
    assert((sel.choice == CHOICE_RECOVER) == (sel.why[0] == '\0'));
    return 0;
}
