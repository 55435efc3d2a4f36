/* An OCF resource agent from its tables. */
#include "ocf.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "scan.h"
#include "xalloc.h"

static const struct agent_action *
find_action(const struct agent *a, const char *name)
{
    for (const struct agent_action *x = a->actions; x->name; x++)
        if (strcmp(x->name, name) == 0)
            return x;
    return NULL;
}

/* Is it the first row of its name?  Monitors of several depths share one. */
static bool
is_first(const struct agent *a, const struct agent_action *x)
{
    return find_action(a, x->name) == x;
}

static void
usage(FILE *out, const struct agent *a)
{
    fprintf(out, "%s %s: %s\nusage: %s ACTION\nactions:", a->name, a->version,
            a->summary, a->name);
    for (const struct agent_action *x = a->actions; x->name; x++)
        if (is_first(a, x))
            fprintf(out, " %s", x->name);
    fputs("\nParameters come as OCF_RESKEY_NAME in the environment.\n", out);
}

/* Pacemaker cuts the reason at 128 bytes; we do so between characters. */
static void
tell_reason(const char *text)
{
    char reason[OCF_REASON_MAX + 1];
    size_t len = strlen(text);

    if (len > OCF_REASON_MAX) {
        fprintf(stderr, "%s\n", text);
        len = OCF_REASON_MAX;
        while (len > 0 && ((unsigned char) text[len] & 0xc0) == 0x80)
            len--;
    }
    for (size_t i = 0; i < len; i++)
        reason[i] = (unsigned char) text[i] < ' ' ? ' ' : text[i];
    reason[len] = '\0';
    fprintf(stderr, "ocf-exit-reason:%s\n", reason);
}

static int
read_params(const struct agent *a, void *conf, struct vmha_error *err)
{
    if (param_defaults(a->params, conf, err) == -1 ||
        param_from_env(a->params, conf, err) == -1)
        return -1;
    return param_finish(a->params, conf, err);
}

static int
run_on(const struct agent *a, const struct agent_action *x, void *conf)
{
    struct vmha_error err = { 0 };
    int rc = read_params(a, conf, &err);

    if (rc == 0 || x->is_lenient) {
        err = (struct vmha_error){ 0 };
        rc = x->run ? x->run(conf, &err) : 0;
    }
    if (err.text[0])
        tell_reason(err.text);
    return rc == -1 ? vmha_exit_ocf(err.kind) : rc;
}

/* One line: what is wrong, and what is right. */
static int
misused(const struct agent *a, const char *name, int argc)
{
    const char *before = "; the actions are ";

    if (argc > 2)
        fprintf(stderr, "%s: one action is expected, not %d arguments", a->name,
                argc - 1);
    else if (argc < 2)
        fprintf(stderr, "%s: an action is missing", a->name);
    else
        fprintf(stderr, "%s: unknown action '%.64s'", a->name, name);
    for (const struct agent_action *x = a->actions; x->name; x++) {
        if (!is_first(a, x))
            continue;
        fprintf(stderr, "%s%s", before, x->name);
        before = ", ";
    }
    fputc('\n', stderr);
    return OCF_UNIMPLEMENTED;
}

int
ocf_main(const struct agent *a, int argc, char **argv)
{
    const char *name = argc == 2 ? argv[1] : "";

    if (strcmp(name, "meta-data") == 0)
        doc_ocf(stdout, a);
    else if (strcmp(name, "--doc=pod") == 0)
        doc_pod(stdout, a);
    else if (strcmp(name, "usage") == 0 || strcmp(name, "--help") == 0)
        usage(stdout, a);
    else if (strcmp(name, "--version") == 0)
        printf("%s %s\n", a->name, a->version);
    else {
        const struct agent_action *x = find_action(a, name);

        if (!x)
            return misused(a, name, argc);
        CLEANUP_FREE void *conf = xcalloc(1, a->conf_size);
        int rc = run_on(a, x, conf);
        param_free(a->params, conf);
        return rc;
    }
    return fflush(stdout) == 0 ? 0 : vmha_exit_ocf(VMHA_E_LOCAL);
}

const char *
ocf_instance(struct vmha_error *err)
{
    static const char fit[] = "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:-";
    const char *name = getenv("OCF_RESOURCE_INSTANCE");

    if (!name || !*name)
        return "default";
    if (*name == '.' || name[strspn(name, fit)] || strlen(name) > 64) {
        vmha_fail(err, VMHA_E_CONFIG, 0,
                  "the resource's name '%.64s' is unfit for a file name", name);
        return NULL;
    }
    return name;
}

unsigned
ocf_check_level(void)
{
    const char *level = getenv("OCF_CHECK_LEVEL");
    unsigned depth = 0;

    if (level)
        (void) scan_uint(level, &depth); /* what is no number is no depth */
    return depth;
}

uint64_t
ocf_timeout_ms(uint64_t fallback_ms)
{
    const char *text = getenv("OCF_RESKEY_CRM_meta_timeout");
    uint64_t ms = fallback_ms;

    if (text)
        (void) scan_u64(text, &ms); /* Pacemaker writes plain milliseconds */
    return ms;
}

const char *
ocf_node(void)
{
    return getenv("OCF_RESKEY_CRM_meta_on_node");
}
