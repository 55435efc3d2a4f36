/* Does a VM run on this host?  The question and its answer. */
#include "sight.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scan.h"

enum {
    SEQ_MAX = 24,
    ARRIVAL_MS = 3600000, /* it looks with each monitor so long... */
    LOOK_MS = 60000,      /* ...and then so often */
};

bool
sight_looks(int64_t arrival_ms, int64_t looked_ms, int64_t now_ms)
{
    return now_ms - arrival_ms < ARRIVAL_MS || now_ms - looked_ms >= LOOK_MS;
}

bool
sight_has(const struct sight *s, const char *vm)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->vms[i], vm) == 0)
            return true;
    return false;
}

int
sight_add(struct sight *s, const char *vm)
{
    if (s->n == SIGHT_VMS_MAX || !scan_is_uuid(vm))
        return -1;
    memcpy(s->vms[s->n++], vm, UUID_MAX);
    return 0;
}

bool
sight_same(const struct sight *a, const struct sight *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->vms[i], b->vms[i]) != 0)
            return false;
    return true;
}

void
sight_format(const struct sight *s, char ret_text[SIGHT_TEXT_MAX + 1])
{
    int len = snprintf(ret_text, SIGHT_TEXT_MAX + 1, "v1;%" PRIu64 ";", s->seq);

    for (size_t i = 0; i < s->n; i++)
        len += snprintf(ret_text + len, (size_t) (SIGHT_TEXT_MAX + 1 - len),
                        "%s%s", i ? "," : "", s->vms[i]);
}

/* --- reading -------------------------------------------------------------- */

static int
parse_seq(const char **text, uint64_t *ret_seq)
{
    char seq[SEQ_MAX];
    const char *end;

    if (strncmp(*text, "v1;", 3) != 0)
        return -1;
    *text += 3;
    end = strchr(*text, ';');
    if (!end || (size_t) (end - *text) >= sizeof seq)
        return -1;
    memcpy(seq, *text, (size_t) (end - *text));
    seq[end - *text] = '\0';
    *text = end + 1;
    return scan_u64(seq, ret_seq);
}

static int
parse_vms(const char *text, struct sight *s)
{
    char vm[UUID_MAX];

    while (*text) {
        if (strlen(text) < UUID_MAX - 1)
            return -1;
        memcpy(vm, text, UUID_MAX - 1);
        vm[UUID_MAX - 1] = '\0';
        text += UUID_MAX - 1;
        if (sight_add(s, vm) == -1 || (*text && (*text != ',' || !text[1])))
            return -1;
        text += *text == ',';
    }
    return 0;
}

int
sight_parse(const char *text, struct sight *ret_sight, struct vmha_error *err)
{
    struct sight s = { 0 };
    const char *at = text;

    if (strlen(text) > SIGHT_TEXT_MAX || parse_seq(&at, &s.seq) == -1 ||
        parse_vms(at, &s) == -1)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "'%.80s' is no list of VMs of vmha", text);
    *ret_sight = s;
    return 0;
}

int
sight_parse_query(const char *output, struct sight *ret_sight,
                  struct vmha_error *err)
{
    static const char mark[] = " value=\"";
    const char *start = strstr(output, mark);
    const char *end = start ? strchr(start + sizeof mark - 1, '"') : NULL;
    char text[SIGHT_TEXT_MAX + 1];
    size_t len;

    if (!end)
        return vmha_fail(err, VMHA_E_INPUT, 0, "'%.80s' has no value", output);
    start += sizeof mark - 1;
    len = (size_t) (end - start);
    if (len > SIGHT_TEXT_MAX)
        return vmha_fail(err, VMHA_E_INPUT, 0, "'%.80s' is too long", start);
    memcpy(text, start, len);
    text[len] = '\0';
    return sight_parse(text, ret_sight, err);
}
