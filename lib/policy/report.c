/* What a compute host says of itself. */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scan.h"

enum { FIELD_MAX = 24 };

static const char *const kinds[N_FAULT_KINDS] = {
    [FAULT_VM] = "vm",
    [FAULT_PROCESS] = "proc",
    [FAULT_MOUNT] = "mount",
};

static const char *const whys[N_FAULT_WHYS] = {
    [WHY_CRASH] = "crash", [WHY_PANIC] = "panic", [WHY_WATCHDOG] = "watchdog",
    [WHY_IO] = "io",       [WHY_HANG] = "hang",   [WHY_AGENT] = "agent",
    [WHY_GONE] = "gone",   [WHY_DOWN] = "down",   [WHY_WRONG] = "wrong",
};

const char *
fault_kind_name(enum fault_kind k)
{
    return kinds[k];
}

const char *
fault_why_name(enum fault_why w)
{
    return whys[w];
}

/* --- writing ----------------------------------------------------------- */

static int
name_check(enum fault_kind kind, const char *name)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789._-/";
    size_t len = strlen(name);

    if (kind == FAULT_VM)
        return scan_is_uuid(name) ? 0 : -1;
    return len && len <= FAULT_NAME_MAX && strspn(name, alphabet) == len ? 0
                                                                         : -1;
}

int
fault_set_name(struct fault *f, const char *name)
{
    if (name_check(f->kind, name) == -1)
        return -1;
    memcpy(f->name, name, strlen(name) + 1);
    return 0;
}

void
report_put_first(struct report *r, const struct fault *f)
{
    if (r->n == REPORT_FAULTS_MAX) {
        r->more++;
        r->n--;
    }
    memmove(&r->faults[1], &r->faults[0], r->n * sizeof *f);
    r->faults[0] = *f;
    r->n++;
}

void
report_head_format(const struct report *r, char ret_text[REPORT_PUBLIC_MAX + 1])
{
    size_t count = r->n + r->more;

    if (count)
        snprintf(ret_text, REPORT_PUBLIC_MAX + 1, "v1;%" PRIu64 ";%zu;%s:%s",
                 r->seq, count, kinds[r->faults[0].kind],
                 whys[r->faults[0].why]);
    else
        snprintf(ret_text, REPORT_PUBLIC_MAX + 1, "v1;%" PRIu64 ";0;ok",
                 r->seq);
}

void
report_list_format(const struct report *r, char ret_text[REPORT_LIST_MAX + 1])
{
    enum { MORE_MAX = sizeof ",more=4294967295" };
    unsigned left;
    size_t len, i;

    len = (size_t) snprintf(ret_text, REPORT_LIST_MAX + 1, "v1;%" PRIu64 ";",
                            r->seq);
    for (i = 0; i < r->n; i++) {
        const struct fault *f = &r->faults[i];
        char text[FAULT_NAME_MAX + 2 * FIELD_MAX];
        size_t n = (size_t) snprintf(text, sizeof text, "%s%s:%s:%s@%" PRId64,
                                     i ? "," : "", kinds[f->kind], f->name,
                                     whys[f->why], f->since_s);

        if (len + n + MORE_MAX > REPORT_LIST_MAX)
            break;
        memcpy(ret_text + len, text, n + 1);
        len += n;
    }
    left = (unsigned) (r->n - i) + r->more;
    if (left)
        snprintf(ret_text + len, MORE_MAX, "%smore=%u", i ? "," : "", left);
}

/* --- reading ----------------------------------------------------------- */

/* Copy the text up to the next STOP and step over it.  -1: none, or longer. */
static int
next_field(const char **text, char stop, char *ret_field, size_t size)
{
    const char *end = strchr(*text, stop);

    if (!end || (size_t) (end - *text) >= size)
        return -1;
    memcpy(ret_field, *text, (size_t) (end - *text));
    ret_field[end - *text] = '\0';
    *text = end + 1;
    return 0;
}

static int
find_word(const char *const *words, int n, const char *word)
{
    for (int i = 0; i < n; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

static int
parse_start(const char **text, uint64_t *ret_seq)
{
    char version[FIELD_MAX], seq[FIELD_MAX];

    if (next_field(text, ';', version, sizeof version) ||
        next_field(text, ';', seq, sizeof seq) || strcmp(version, "v1") != 0)
        return -1;
    return scan_u64(seq, ret_seq);
}

static int
parse_head(const char *text, struct report_head *h)
{
    char count[FIELD_MAX], kind[FIELD_MAX];
    int k, w;

    if (parse_start(&text, &h->seq) == -1 ||
        next_field(&text, ';', count, sizeof count) ||
        scan_uint(count, &h->count) == -1)
        return -1;
    if (!h->count)
        return strcmp(text, "ok") == 0 ? 0 : -1;
    if (next_field(&text, ':', kind, sizeof kind))
        return -1;
    k = find_word(kinds, N_FAULT_KINDS, kind);
    w = find_word(whys, N_FAULT_WHYS, text);
    if (k == -1 || w == -1)
        return -1;
    h->kind = (enum fault_kind) k;
    h->why = (enum fault_why) w;
    return 0;
}

/* TEXT: one fault, whole. */
static int
parse_fault(const char *text, struct fault *f)
{
    char kind[FIELD_MAX], name[FAULT_NAME_MAX + 1], why[FIELD_MAX];
    uint64_t since;
    int k, w;

    if (next_field(&text, ':', kind, sizeof kind) ||
        next_field(&text, ':', name, sizeof name) ||
        next_field(&text, '@', why, sizeof why) ||
        scan_u64(text, &since) == -1 || since > INT64_MAX)
        return -1;
    k = find_word(kinds, N_FAULT_KINDS, kind);
    w = find_word(whys, N_FAULT_WHYS, why);
    if (k == -1 || w == -1)
        return -1;
    f->kind = (enum fault_kind) k;
    f->why = (enum fault_why) w;
    f->since_s = (int64_t) since;
    return fault_set_name(f, name);
}

static int
parse_list(const char *text, struct report *r)
{
    if (strlen(text) > REPORT_LIST_MAX || parse_start(&text, &r->seq) == -1)
        return -1;
    while (*text) {
        char item[FAULT_NAME_MAX + 2 * FIELD_MAX];
        size_t len = strcspn(text, ",");

        if (len >= sizeof item)
            return -1;
        memcpy(item, text, len);
        item[len] = '\0';
        text += len;
        if (strncmp(item, "more=", 5) == 0)
            return *text || scan_uint(item + 5, &r->more) == -1 || !r->more ? -1
                                                                            : 0;
        if (r->n == REPORT_FAULTS_MAX ||
            parse_fault(item, &r->faults[r->n++]) == -1)
            return -1;
        if (*text && !*++text)
            return -1;
    }
    return 0;
}

int
report_head_parse(const char *text, struct report_head *ret_head,
                  struct vmha_error *err)
{
    struct report_head h = { 0 };

    if (strlen(text) > REPORT_PUBLIC_MAX || parse_head(text, &h) == -1)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "vmha-faults: '%.80s' is no report of vmha", text);
    *ret_head = h;
    return 0;
}

int
report_list_parse(const char *text, struct report *ret_report,
                  struct vmha_error *err)
{
    struct report r = { 0 };

    if (parse_list(text, &r) == -1)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "vmha-fault-list: '%.80s' is no list of faults", text);
    *ret_report = r;
    return 0;
}
