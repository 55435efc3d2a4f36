/* Keystone's answer to a request for a token. */
#include <assert.h>
#include <string.h>

#include "fuzz.h"
#include "keystone-json.h"
#include "reply.h"
#include "xalloc.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *) data;
    CLEANUP_KEYSTONE_TOKEN struct keystone_token t = { 0 };
    CLEANUP_CLOUD_CONF struct cloud_conf c = { 0 };
    struct vmha_error err;
    char refusal[64];

    reply_refusal(text, size, refusal, sizeof refusal);
    assert(strlen(refusal) < sizeof refusal);
    c.interface = xstrdup("public");
    if (keystone_token_parse(text, size, &t, &err) == 0) {
        assert(t.life_ms > 0);
        (void) keystone_endpoint_url(&t, &c, "compute", &err);
    } else {
        assert(err.kind == VMHA_E_INPUT && *err.text);
    }
    return 0;
}
