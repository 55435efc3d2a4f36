/* What a fence agent reads from its standard input. */
#include <assert.h>
#include <string.h>

#include "fuzz.h"
#include "param.h"

struct conf {
    char *action;
    char *plug;
};

static const struct param table[] = {
    { .name = "action", .alias = "option", FIELD_STRING(struct conf, action) },
    { .name = "plug", .alias = "port", FIELD_STRING(struct conf, plug) },
    { .name = NULL },
};

static void
warn(const char *what)
{
    assert(strlen(what) < 200);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct conf conf = { 0 };
    struct vmha_error err;

    (void) param_from_stdin(table, &conf, (const char *) data, size, warn,
                            &err);
    param_free(table, &conf);
    return 0;
}
