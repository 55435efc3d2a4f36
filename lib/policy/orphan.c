/* Guests that a failed evacuation may have left at its destination. */
#include "orphan.h"

#include <stdio.h>
#include <string.h>

#include "incident.h"
#include "xalloc.h"

enum { TEXT_MAX = 512 };

static const struct vm_record *
failed_record(const struct incident *inc, const struct vm *v)
{
    const struct vm_record *r = incident_record(inc, v->id);

    return r && r->state == RECORD_FAILED && r->dest ? r : NULL;
}

const char *
orphan_host(const struct incident *inc, const struct vm *v)
{
    const struct vm_record *r = failed_record(inc, v);

    return r ? r->dest : NULL;
}

static void
tell(struct vm_orphan *o)
{
    char text[TEXT_MAX];

    snprintf(text, sizeof text,
             o->is_here
                 ? "its evacuation to '%.255s' failed, and that host has "
                   "its guest still: end it there (virsh destroy), then "
                   "it is started"
                 : "its evacuation to '%.255s' failed, and that host "
                   "has not said yet that it does not have its guest",
             o->dest);
    xstrset(&o->told, text);
}

void
orphan_on_dest(const struct incident *inc, struct vm *v, enum orphan_dest dest)
{
    const struct vm_record *r = failed_record(inc, v);
    struct vm_orphan *o = &v->orphan;

    if (!r || strcmp(o->record, r->uuid) != 0)
        vm_orphan_clear(o); /* a newer one asks anew */
    if (!r)
        return;
    o->can_tell = dest == DEST_TELLS;
    o->is_absent |= dest == DEST_DEAD;
    if (o->record[0])
        return;
    memcpy(o->record, r->uuid, sizeof o->record);
    xstrset(&o->dest, r->dest);
    tell(o);
}

bool
orphan_may_run(const struct vm *v)
{
    const struct vm_orphan *o = &v->orphan;

    return (v->phase == VM_WAITING || v->phase == VM_STARTING) &&
           o->record[0] && !o->is_absent && (o->can_tell || o->is_here);
}

bool
orphan_asks(const struct vm *v, const char *host)
{
    return orphan_may_run(v) && strcmp(v->orphan.dest, host) == 0;
}

bool
orphan_on_word(struct vm *v, bool is_here)
{
    struct vm_orphan *o = &v->orphan;
    bool is_news = is_here ? !o->is_here : !o->is_absent;

    o->is_here = is_here;
    o->is_absent = !is_here;
    tell(o);
    return is_news;
}
