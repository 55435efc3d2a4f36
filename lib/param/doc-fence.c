/* Metadata of a fence agent, as fence-agents' metadata.rng has it. */
#include "doc-xml.h"
#include "markup.h"

static void
put_getopt(struct markup *m, const struct param *p)
{
    const char *value = p->type == PARAM_BOOL ? "" : "=[value]";

    markup_open(m, "getopt");
    if (p->opt)
        markup_attr(m, "mixed", "-%c, --%s%s", p->opt, p->name, value);
    else
        markup_attr(m, "mixed", "--%s%s", p->name, value);
    markup_close(m);
}

static void
put_param(struct markup *m, const struct param *p)
{
    markup_open(m, "parameter");
    markup_attr(m, "name", "%s", p->name);
    markup_attr(m, "unique", "%d", (p->flags & PARAM_UNIQUE) != 0);
    markup_attr(m, "required", "%d", (p->flags & PARAM_REQUIRED) != 0);
    put_getopt(m, p);
    doc_xml_content(m, p);
    markup_text(m, "shortdesc", "en", p->text); /* there is no longdesc */
    markup_close(m);
}

static void
put_action(struct markup *m, const struct agent_action *a)
{
    markup_open(m, "action");
    markup_attr(m, "name", "%s", a->name);
    markup_close(m);
}

void
doc_fence(FILE *out, const struct agent *a)
{
    struct markup m;

    markup_init(&m, out);
    markup_open(&m, "resource-agent");
    markup_attr(&m, "name", "%s", a->name);
    markup_attr(&m, "shortdesc", "%s", a->summary);
    markup_text(&m, "longdesc", NULL, a->text);
    markup_text(&m, "vendor-url", NULL, "");
    doc_xml_lists(&m, a, put_param, put_action);
    markup_close(&m);
}
