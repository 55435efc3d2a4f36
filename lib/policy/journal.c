/* The journal's values. */
#include "journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scan.h"

enum { NS_DIGITS = 9, FIELD_MAX = 32 };

static const int64_t NS_PER_S = 1000000000;

static const struct {
    char letter;
    const char *name;
} phases[N_PHASES] = {
    [PHASE_FENCED] = { 'F', "fenced" },
    [PHASE_DOWN] = { 'D', "down" },
    [PHASE_EVACUATING] = { 'E', "evacuating" },
    [PHASE_DONE] = { 'X', "done" },
    [PHASE_RETURNING] = { 'T', "returning" },
    [PHASE_RELEASED] = { 'R', "released" },
};

int
vm_key_compare(const struct vm_key *a, const struct vm_key *b)
{
    if (a->ram_mb != b->ram_mb)
        return a->ram_mb > b->ram_mb ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

int
journal_time_parse(const char *text, int64_t *ret_ns)
{
    char seconds[FIELD_MAX];
    const char *dot = strchr(text, '.');
    uint64_t s, ns;

    if (!dot || (size_t) (dot - text) >= sizeof seconds ||
        strlen(dot + 1) != NS_DIGITS)
        return -1;
    memcpy(seconds, text, (size_t) (dot - text));
    seconds[dot - text] = '\0';
    if (scan_u64(seconds, &s) == -1 || scan_u64(dot + 1, &ns) == -1 ||
        s >= (uint64_t) (INT64_MAX / NS_PER_S) ||
        (text[0] == '0' && text[1] != '.'))
        return -1;
    *ret_ns = (int64_t) s * NS_PER_S + (int64_t) ns;
    return 0;
}

void
journal_time_format(int64_t ns, char ret_text[JOURNAL_TIME_MAX])
{
    snprintf(ret_text, JOURNAL_TIME_MAX, "%" PRId64 ".%09" PRId64,
             ns / NS_PER_S, ns % NS_PER_S);
}

/* Copy the text up to the next ';' and step over it.  -1: none, or too long. */
static int
next_field(const char **text, char ret_field[FIELD_MAX])
{
    size_t len = strcspn(*text, ";");

    if (len >= FIELD_MAX)
        return -1;
    memcpy(ret_field, *text, len);
    ret_field[len] = '\0';
    *text += len + ((*text)[len] == ';');
    return 0;
}

static int
parse_phase(const char *s, enum host_phase *ret_phase)
{
    for (int p = 0; p < N_PHASES; p++)
        if (s[0] == phases[p].letter && s[1] == '\0') {
            *ret_phase = (enum host_phase) p;
            return 0;
        }
    return -1;
}

static int
parse_mark(char *s, struct journal_host *e)
{
    char *dash = strchr(s, '-');
    uint64_t id, ram_mb;

    if (*s == '\0')
        return 0;
    if (!dash || strlen(dash + 1) != 8 || scan_hex(dash + 1, &id) == -1)
        return -1;
    *dash = '\0';
    if (scan_hex(s, &ram_mb) == -1 || ram_mb > UINT32_MAX)
        return -1;
    e->mark.ram_mb = (uint32_t) ram_mb;
    e->mark.id = (uint32_t) id;
    e->has_mark = true;
    return 0;
}

/* ID[,ID...], 8 digits each, ascending; TEXT is what follows the mark. */
static int
parse_stopped(const char *text, struct journal_host *e)
{
    for (; *text; text += text[8] == ',' ? 9 : 8) {
        char digits[9];
        uint64_t id;

        if (strlen(text) < 8 || e->n_stopped == JOURNAL_STOPPED_MAX)
            return -1;
        memcpy(digits, text, 8);
        digits[8] = '\0';
        if (scan_hex(digits, &id) == -1 ||
            (e->n_stopped && id <= e->stopped[e->n_stopped - 1]))
            return -1;
        e->stopped[e->n_stopped++] = (uint32_t) id;
    }
    return 0;
}

/* TIME[/SECONDS] */
static int
parse_times(char *text, struct journal_host *e)
{
    char *slash = strchr(text, '/');
    uint64_t s = 0;

    if (slash) {
        *slash = '\0';
        if (scan_u64(slash + 1, &s) == -1 || s >= INT64_MAX / NS_PER_S)
            return -1;
    }
    if (journal_time_parse(text, &e->incident_ns) == -1)
        return -1;
    e->failed_s = (int64_t) s;
    return journal_host_failed_ns(e) < e->incident_ns || !slash ? 0 : -1;
}

static int
parse_fields(const char *value, struct journal_host *e)
{
    char version[FIELD_MAX], phase[FIELD_MAX], time[FIELD_MAX],
        flags[FIELD_MAX], mark[FIELD_MAX];

    if (next_field(&value, version) || next_field(&value, phase) ||
        next_field(&value, time) || next_field(&value, flags) ||
        next_field(&value, mark) || parse_stopped(value, e) == -1)
        return -1;
    e->has_forced_down = strchr(flags, 'f') != NULL;
    e->has_disabled = strchr(flags, 'd') != NULL;
    e->has_returned = strchr(flags, 'b') != NULL;
    e->may_pass = strchr(flags, 'g') != NULL;
    e->is_parking = strchr(flags, 'o') != NULL;
    if (strcmp(version, "v1") != 0 || parse_phase(phase, &e->phase) == -1 ||
        parse_times(time, e) == -1)
        return -1;
    return parse_mark(mark, e);
}

int
journal_host_parse(const char *value, struct journal_host *ret_entry,
                   struct vmha_error *err)
{
    struct journal_host e = { 0 };
    char again[JOURNAL_HOST_MAX];

    if (parse_fields(value, &e) == -1)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "'%.80s' is no journal entry of vmha", value);
    journal_host_format(&e, again);
    if (strcmp(again, value) != 0)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "'%.80s' is no journal entry of vmha (expected '%s')",
                         value, again);
    *ret_entry = e;
    return 0;
}

void
journal_host_format(const struct journal_host *e,
                    char ret_value[JOURNAL_HOST_MAX])
{
    char time[JOURNAL_TIME_MAX], mark[sizeof "ffffffff-ffffffff"] = "";
    char failed[sizeof "/9223372035"] = "";

    journal_time_format(e->incident_ns, time);
    if (e->failed_s)
        snprintf(failed, sizeof failed, "/%" PRId64, e->failed_s);
    if (e->has_mark)
        snprintf(mark, sizeof mark, "%" PRIx32 "-%08" PRIx32, e->mark.ram_mb,
                 e->mark.id);
    snprintf(ret_value, JOURNAL_HOST_MAX, "v1;%c;%s%s;%s%s%s%s%s;%s",
             phases[e->phase].letter, time, failed,
             e->has_forced_down ? "f" : "", e->has_disabled ? "d" : "",
             e->has_returned ? "b" : "", e->may_pass ? "g" : "",
             e->is_parking ? "o" : "", mark);
    for (unsigned i = 0; i < e->n_stopped; i++) {
        size_t len = strlen(ret_value);

        snprintf(ret_value + len, JOURNAL_HOST_MAX - len, "%c%08" PRIx32,
                 i ? ',' : ';', e->stopped[i]);
    }
}

bool
journal_host_has_stopped(const struct journal_host *e, uint32_t id)
{
    for (unsigned i = 0; i < e->n_stopped; i++)
        if (e->stopped[i] == id)
            return true;
    return false;
}

void
journal_host_add_stopped(struct journal_host *e, uint32_t id)
{
    unsigned i = e->n_stopped;

    if (i == JOURNAL_STOPPED_MAX || journal_host_has_stopped(e, id))
        return;
    for (; i > 0 && e->stopped[i - 1] > id; i--)
        e->stopped[i] = e->stopped[i - 1];
    e->stopped[i] = id;
    e->n_stopped++;
}

int64_t
journal_host_failed_ns(const struct journal_host *e)
{
    return e->failed_s ? e->failed_s * NS_PER_S : e->incident_ns;
}

bool
journal_host_equal(const struct journal_host *a, const struct journal_host *b)
{
    char x[JOURNAL_HOST_MAX], y[JOURNAL_HOST_MAX];

    journal_host_format(a, x);
    journal_host_format(b, y);
    return strcmp(x, y) == 0;
}

const char *
host_phase_name(enum host_phase p)
{
    return phases[p].name;
}
