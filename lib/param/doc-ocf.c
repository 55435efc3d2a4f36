/* Metadata of an OCF resource agent: resource agent API 1.1. */
#include "doc-xml.h"
#include "markup.h"

static void
put_param(struct markup *m, const struct param *p)
{
    markup_open(m, "parameter");
    markup_attr(m, "name", "%s", p->name);
    if (p->flags & PARAM_UNIQUE)
        markup_attr(m, "unique-group", "%s", p->name);
    markup_attr(m, "required", "%d", (p->flags & PARAM_REQUIRED) != 0);
    markup_attr(m, "reloadable", "%d", (p->flags & PARAM_RELOADABLE) != 0);
    markup_text(m, "longdesc", "en", p->text);
    markup_text(m, "shortdesc", "en", p->summary);
    doc_xml_content(m, p);
    markup_close(m);
}

static void
put_action(struct markup *m, const struct agent_action *a)
{
    markup_open(m, "action");
    markup_attr(m, "name", "%s", a->name);
    if (a->role)
        markup_attr(m, "role", "%s", a->role);
    if (a->timeout_s)
        markup_attr(m, "timeout", "%us", a->timeout_s);
    if (a->interval_s)
        markup_attr(m, "interval", "%us", a->interval_s);
    if (a->start_delay_s)
        markup_attr(m, "start-delay", "%us", a->start_delay_s);
    if (a->interval_s)
        markup_attr(m, "depth", "%u", a->depth);
    markup_close(m);
}

void
doc_ocf(FILE *out, const struct agent *a)
{
    struct markup m;

    markup_init(&m, out);
    markup_open(&m, "resource-agent");
    markup_attr(&m, "name", "%s", a->name);
    markup_attr(&m, "version", "%s", a->version);
    markup_text(&m, "version", NULL, "1.1");
    markup_text(&m, "longdesc", "en", a->text);
    markup_text(&m, "shortdesc", "en", a->summary);
    doc_xml_lists(&m, a, put_param, put_action);
    markup_close(&m);
}
