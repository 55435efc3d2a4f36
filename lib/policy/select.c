/* Which VMs of a failed host are recovered. */
#include "select.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "order.h"
#include "scan.h"
#include "xalloc.h"

/* What an exclusion looks at. */
enum subject {
    PROJECT,
    NAME,
    FLAVOR,
    FLAVOR_SPEC,
    IMAGE,
    TAG,
    METADATA,
    ZONE,
};

static const struct {
    const char *name;
    bool has_key;
    enum subject subject;
} subjects[] = {
    { "project", false, PROJECT },  { "name", false, NAME },
    { "flavor", false, FLAVOR },    { "flavor", true, FLAVOR_SPEC },
    { "image", false, IMAGE },      { "tag", false, TAG },
    { "metadata", true, METADATA }, { "zone", false, ZONE },
};

bool
glob_matches(const char *glob, const char *text)
{
    const char *star = NULL, *from = NULL;

    while (*text) {
        if (*glob == '*') {
            star = glob++;
            from = text;
        } else if (*glob == '?' || *glob == *text) {
            glob++;
            text++;
        } else if (star) { /* let the last star take one byte more */
            glob = star + 1;
            text = ++from;
        } else {
            return false;
        }
    }
    while (*glob == '*')
        glob++;
    return *glob == '\0';
}

/* --- reading the rules ------------------------------------------------- */

static void
exclusion_clear(struct exclusion *x)
{
    free(x->text);
    free(x->key);
    free(x->glob);
}

void
select_rules_clear(struct select_rules *rules)
{
    for (size_t i = 0; i < rules->n_exclusions; i++)
        exclusion_clear(&rules->exclusions[i]);
    free(rules->exclusions);
    rules->exclusions = NULL;
    rules->n_exclusions = 0;
}

/* TEXT is WHAT=GLOB or WHAT:KEY=GLOB; a key may hold colons. */
static int
read_exclusion(const char *text, struct exclusion *ret, struct vmha_error *err)
{
    const char *equal = strchr(text, '=');
    const char *colon =
        equal ? memchr(text, ':', (size_t) (equal - text)) : NULL;
    size_t len = equal ? (size_t) ((colon ? colon : equal) - text) : 0;

    if (!equal || equal[1] == '\0')
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "'%.100s' is not of the form WHAT=PATTERN", text);
    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++) {
        if (strlen(subjects[i].name) != len ||
            strncmp(text, subjects[i].name, len) != 0 ||
            subjects[i].has_key != (colon && colon + 1 < equal))
            continue;
        *ret = (struct exclusion){
            .text = xstrdup(text),
            .subject = subjects[i].subject,
            .key = colon ? xstrndup(colon + 1, (size_t) (equal - colon - 1))
                         : NULL,
            .glob = xstrdup(equal + 1),
        };
        return 0;
    }
    return vmha_fail(err, VMHA_E_CONFIG, 0,
                     "'%.100s': expected project=, name=, flavor=, "
                     "flavor:KEY=, image=, tag=, metadata:KEY= or zone=",
                     text);
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The next item of a list with commas, without the blanks around it; NULL at
 * the end.  The caller frees it.
 */
static char *
next_item(const char **at)
{
    const char *from = *at, *to;

    if (!from)
        return NULL;
    to = from + strcspn(from, ",");
    *at = *to ? to + 1 : NULL;
    while (from < to && is_blank(*from))
        from++;
    while (to > from && is_blank(to[-1]))
        to--;
    return xstrndup(from, (size_t) (to - from));
}

static int
read_exclusions(struct select_rules *rules, const char *text,
                struct vmha_error *err)
{
    const char *at = text && *text ? text : NULL;
    char *item;

    while ((item = next_item(&at)) != NULL) {
        struct exclusion x;
        int rc = read_exclusion(item, &x, err);

        free(item);
        if (rc == -1)
            return vmha_context(err, "exclude: rule %zu",
                                rules->n_exclusions + 1);
        rules->exclusions = xrealloc(rules->exclusions, rules->n_exclusions + 1,
                                     sizeof *rules->exclusions);
        rules->exclusions[rules->n_exclusions++] = x;
        if (rules->n_exclusions > EXCLUSIONS_MAX)
            return vmha_fail(err, VMHA_E_CONFIG, 0, "exclude: above %d rules",
                             EXCLUSIONS_MAX);
    }
    return 0;
}

static int
read_local_disk(struct select_rules *rules, const char *text,
                struct vmha_error *err)
{
    uint64_t ms = 0;

    if (strcmp(text, "evacuate") == 0) {
        rules->local_disk = LOCAL_DISK_EVACUATE;
    } else if (strcmp(text, "skip") == 0) {
        rules->local_disk = LOCAL_DISK_SKIP;
    } else if (strncmp(text, "wait:", 5) == 0 &&
               scan_duration_ms(text + 5, &ms) == 0 && ms <= INT64_MAX / 2) {
        rules->local_disk = LOCAL_DISK_WAIT;
    } else {
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "local_disk: '%.100s' is not evacuate, skip or "
                         "wait:TIME",
                         text);
    }
    rules->local_disk_wait_ms = (int64_t) ms;
    return 0;
}

int
select_rules_parse(struct select_rules *rules, const char *exclude,
                   const char *local_disk, struct vmha_error *err)
{
    if (read_exclusions(rules, exclude, err) == 0 &&
        read_local_disk(rules, local_disk, err) == 0)
        return 0;
    select_rules_clear(rules);
    return -1;
}

/* --- judging a VM -------------------------------------------------------- */

static bool
matches(const char *glob, const char *text)
{
    return text && glob_matches(glob, text);
}

static bool
has_tag(const struct server_fact *s, const char *glob)
{
    for (size_t i = 0; i < s->tags.n; i++)
        if (matches(glob, s->tags.items[i].value))
            return true;
    return false;
}

static bool
is_excluded_by(const struct exclusion *x, const struct server_fact *s)
{
    switch ((enum subject) x->subject) {
    case PROJECT: return matches(x->glob, s->project);
    case NAME: return matches(x->glob, s->name);
    case FLAVOR: return matches(x->glob, s->flavor);
    case FLAVOR_SPEC:
        return matches(x->glob, pairs_find(&s->extra_specs, x->key));
    case IMAGE: return matches(x->glob, s->image);
    case TAG: return has_tag(s, x->glob);
    case METADATA: return matches(x->glob, pairs_find(&s->metadata, x->key));
    case ZONE: return matches(x->glob, s->zone);
    }
    return false;
}

/* Octavia names the servers that it makes "amphora-" and a UUID, and replaces
 * one that does not answer: evacuated, it would come back without the
 * certificates of its config drive, beside its successor.
 */
static bool
is_amphora(const struct server_fact *s)
{
    static const char prefix[] = "amphora-";

    return s->name && strncmp(s->name, prefix, sizeof prefix - 1) == 0 &&
           scan_is_uuid(s->name + sizeof prefix - 1);
}

/* What the tenant wants, where he says it so that it can be understood. */
static bool
wants_recovery(const struct select_rules *r, const struct server_fact *s,
               struct selection *sel)
{
    const char *text = pairs_find(&s->metadata, r->ha_key);
    bool value;

    if (!text)
        return r->takes_all;
    if (scan_bool(text, &value) == 0)
        return value;
    snprintf(sel->warning, sizeof sel->warning,
             "metadata %.64s='%.64s' is neither true nor false: taken for none",
             r->ha_key, text);
    return r->takes_all;
}

/* Says why it is left alone; "" where it is not. */
static void
judge(const struct select_rules *r, const struct server_fact *s, bool was_error,
      struct selection *sel)
{
    char *why = sel->why;
    size_t size = sizeof sel->why;

    for (size_t i = 0; i < r->n_exclusions; i++) {
        if (is_excluded_by(&r->exclusions[i], s)) {
            snprintf(why, size, "excluded by the rule '%.200s'",
                     r->exclusions[i].text);
            return;
        }
    }
    if (r->skips_service_vms && is_amphora(s))
        snprintf(why, size,
                 "left to Octavia, which replaces its amphorae "
                 "(service_vms=skip)");
    else if (!wants_recovery(r, s, sel))
        snprintf(why, size,
                 r->takes_all ? "opted out by its metadata %.64s"
                              : "not opted in by metadata %.64s=true "
                                "(evacuate_all_instances=false)",
                 r->ha_key);
    else if (r->skips_errors && was_error)
        snprintf(why, size,
                 "it was in error before its host failed "
                 "(ignore_instances_in_error_state=true)");
}

/* Nova builds such a disk anew, and destroys the old one when the host is back
 * (N22).
 */
static void
spare_disk(const struct select_rules *r, struct selection *sel)
{
    if (r->local_disk == LOCAL_DISK_SKIP) {
        sel->choice = CHOICE_STAY;
        snprintf(sel->why, sizeof sel->why,
                 "its disk is on its host, an evacuation would lose it "
                 "(local_disk=skip)");
    } else {
        sel->choice = CHOICE_WAIT;
        snprintf(sel->why, sizeof sel->why,
                 "its disk is on its host: waiting for the host for up to "
                 "%lld s (local_disk=wait)",
                 (long long) (r->local_disk_wait_ms / 1000));
    }
}

void
select_vm(const struct select_rules *r, const struct server_fact *s,
          bool was_error, struct selection *ret)
{
    struct selection sel = { .choice = CHOICE_RECOVER };

    if (r) {
        sel.priority =
            order_priority(s, r->priority_key, sel.warning, sizeof sel.warning);
        judge(r, s, was_error, &sel);
        if (sel.why[0])
            sel.choice = CHOICE_SKIP;
        else if (s->image && !r->has_shared_storage &&
                 r->local_disk != LOCAL_DISK_EVACUATE)
            spare_disk(r, &sel);
    }
    *ret = sel;
}

/* --- what it means for a VM under recovery ------------------------------ */

static bool
is_left(const struct vm *v)
{
    return v->choice == CHOICE_SKIP || v->choice == CHOICE_STAY;
}

void
vm_select(struct vm *v, const struct server_fact *s,
          const struct select_rules *rules)
{
    struct selection sel;

    select_vm(rules, s, v->was_error, &sel);
    if (is_left(v) && v->phase == VM_SKIPPED) {
        v->phase = VM_HELD; /* to be sorted by its state again */
        vm_set_reason(v, NULL);
    }
    if (v->is_held && v->phase == VM_WAITING && v->attempts == 0) {
        v->not_before_ms = 0;
        vm_set_reason(v, NULL);
    }
    v->is_held = false;
    v->choice = sel.choice;
    v->hold_ms = sel.choice == CHOICE_WAIT ? rules->local_disk_wait_ms : 0;
    v->priority = sel.priority;
    xstrset(&v->choice_reason, sel.why[0] ? sel.why : NULL);
    xstrset(&v->warning, sel.warning[0] ? sel.warning : NULL);
}

void
vm_apply_selection(struct vm *v, int64_t failed_ms)
{
    bool is_open = v->phase == VM_WAITING || v->phase == VM_HELD;

    if (is_left(v) && is_open) {
        v->phase = VM_SKIPPED;
        vm_set_reason(v, v->choice_reason);
    } else if (v->choice == CHOICE_WAIT && v->phase == VM_WAITING &&
               v->attempts == 0 && v->not_before_ms < failed_ms + v->hold_ms) {
        v->is_held = true;
        v->not_before_ms = failed_ms + v->hold_ms;
        vm_set_reason(v, v->choice_reason);
    }
}
