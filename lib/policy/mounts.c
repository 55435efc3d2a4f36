/* A mount point that VMs need. */
#include "mounts.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "xalloc.h"

/* --- the kernel's table --------------------------------------------------- */

/* Fields of a line: id, parent, device, root, mount point, options, tags..., -,
 * type, source, options of the file system.
 */
enum { FIELDS_MAX = 64, AT_POINT = 4, AT_OPTIONS = 5, AT_TAGS = 6 };

struct entry {
    const char *point, *options, *type, *super;
};

static int
parse_line(char *line, struct entry *e)
{
    char *fields[FIELDS_MAX], *f;
    int n = 0, dash;

    while (n < FIELDS_MAX && (f = strsep(&line, " ")))
        fields[n++] = f;
    for (dash = AT_TAGS; dash < n && strcmp(fields[dash], "-") != 0;)
        dash++;
    if (dash + 3 >= n)
        return -1;
    *e = (struct entry){ fields[AT_POINT], fields[AT_OPTIONS], fields[dash + 1],
                         fields[dash + 3] };
    return 0;
}

/* Is TEXT, in which some bytes are \OOO, this path? */
static bool
is_path(const char *text, const char *path)
{
    for (; *text && *path; path++) {
        if (text[0] == '\\' && text[1] && text[2] && text[3]) {
            int c = (text[1] - '0') * 64 + (text[2] - '0') * 8 + text[3] - '0';

            if (c != (unsigned char) *path)
                return false;
            text += 4;
        } else if (*text++ != *path) {
            return false;
        }
    }
    return *text == *path;
}

/* Is WORD in a list with one of SEPARATORS between the words? */
static bool
has_word(const char *list, const char *separators, const char *word)
{
    size_t len = strlen(word);

    for (const char *p = list; *p;) {
        size_t n = strcspn(p, separators);

        if (n == len && memcmp(p, word, n) == 0)
            return true;
        p += n;
        p += strspn(p, separators);
    }
    return false;
}

static enum mount_state
judge(const struct mount_rules *rules, const struct entry *e)
{
    if (rules->types && !has_word(rules->types, ", ", e->type))
        return MOUNT_WRONG;
    if (rules->is_writable &&
        (has_word(e->options, ",", "ro") || has_word(e->super, ",", "ro")))
        return MOUNT_WRONG;
    return MOUNT_OK;
}

/* The last one counts: it lies on those before. */
enum mount_state
mount_look(const struct mount_rules *rules, const char *mountinfo)
{
    CLEANUP_FREE char *text = xstrdup(mountinfo);
    enum mount_state state = MOUNT_DOWN;
    char *rest = text, *line;
    struct entry e;

    while ((line = strsep(&rest, "\n")))
        if (parse_line(line, &e) == 0 && is_path(e.point, rules->path))
            state = judge(rules, &e);
    return state;
}

/* --- what lasts ----------------------------------------------------------- */

static const enum fault_why whys[] = {
    [MOUNT_DOWN] = WHY_DOWN,
    [MOUNT_WRONG] = WHY_WRONG,
    [MOUNT_HANGS] = WHY_HANG,
};

void
mount_seen(struct mount *m, const struct mount_rules *rules,
           enum mount_state state, const struct watch_time *now)
{
    bool was_ok = m->state == MOUNT_OK, is_ok = state == MOUNT_OK;

    if (was_ok != is_ok)
        m->from_ms = now->mono_ms;
    m->state = state;
    (void) mount_passed(m, rules, now);
}

int64_t
mount_passed(struct mount *m, const struct mount_rules *rules,
             const struct watch_time *now)
{
    bool is_ok = m->state == MOUNT_OK;
    int64_t at_ms = m->from_ms + (is_ok ? rules->stable_ms : rules->grace_ms);

    if (is_ok != m->is_lasting) {
        if (m->is_lasting)
            m->why = whys[m->state];
        return 0;
    }
    if (at_ms > now->mono_ms)
        return at_ms;
    m->is_lasting = !is_ok;
    if (is_ok)
        return 0;
    m->why = whys[m->state];
    m->since_s = now->wall_s;
    return 0;
}

bool
mount_fault(const struct mount *m, const char *path, struct fault *ret_fault)
{
    struct fault f = { FAULT_MOUNT, m->why, m->since_s, "" };

    if (!m->is_lasting || fault_set_name(&f, path) == -1)
        return false;
    *ret_fault = f;
    return true;
}
