/* clouds.yaml and, after a line "---8<---", secure.yaml. */
#include <assert.h>
#include <string.h>

#include "cleanup.h"
#include "clouds-yaml.h"
#include "fuzz.h"
#include "keystone-json.h"

static const char cut[] = "---8<---\n";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *) data;
    const char *second = memmem(text, size, cut, strlen(cut));
    struct settings_file clouds = { "clouds.yaml", text, size };
    struct settings_file secure = { "secure.yaml", NULL, 0 };
    CLEANUP_CLOUD_CONF struct cloud_conf c = { 0 };
    struct vmha_error err;

    if (second) {
        clouds.len = (size_t) (second - text);
        secure.bytes = second + strlen(cut);
        secure.len = size - clouds.len - strlen(cut);
    }
    if (clouds_yaml_parse(&clouds, &secure, "c", &c, &err) == 0) {
        CLEANUP(keystone_request_free) char *body = keystone_request(&c);
        CLEANUP_FREE char *url = keystone_token_url(c.auth_url);

        assert(body && url && c.interface);
    } else {
        assert(err.kind == VMHA_E_CONFIG && *err.text);
    }
    return 0;
}
