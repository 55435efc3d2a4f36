/* A configuration file: what is read is written and read back alike. */
#include <assert.h>
#include <string.h>

#include "cleanup.h"
#include "fuzz.h"
#include "param.h"

struct conf {
    char *string;
    char *hosts;
    unsigned number;
    uint64_t duration;
    bool flag;
    int choice;
};

static const char *const choices[] = { "one", "two", NULL };

static const struct param table[] = {
    { .name = "string", .alias = "s", FIELD_STRING(struct conf, string) },
    { .name = "hosts", FIELD_HOSTS(struct conf, hosts) },
    { .name = "number",
      FIELD_UINT(struct conf, number),
      .def = "1",
      .min = 1,
      .max = 9 },
    { .name = "duration", FIELD_DURATION(struct conf, duration) },
    { .name = "flag", FIELD_BOOL(struct conf, flag) },
    { .name = "choice", FIELD_CHOICE(struct conf, choice), .choices = choices },
    { .name = NULL },
};

/* A value that was accepted has a text that gives the same text again. */
static void
check_text(const struct param *p, const struct conf *conf)
{
    CLEANUP_FREE char *text = param_text(p, conf);
    struct vmha_error err;
    struct conf copy = { 0 };

    if (text) {
        assert(param_set(table, &copy, p->name, text, &err) == 0);
        CLEANUP_FREE char *again = param_text(p, &copy);
        assert(strcmp(text, again) == 0);
    }
    param_free(table, &copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct conf conf = { 0 };
    struct vmha_error err;

    assert(param_defaults(table, &conf, &err) == 0);
    (void) param_from_text(table, &conf, (const char *) data, size, &err);
    for (const struct param *p = table; p->name; p++)
        check_text(p, &conf);
    param_free(table, &conf);
    return 0;
}
