/* What both metadata formats share. */
#include "doc-xml.h"

/* OCF 1.1 knows boolean, integer, string and select: durations are strings. */
static const char *const types[] = {
    [PARAM_STRING] = "string",   [PARAM_UINT] = "integer",
    [PARAM_DURATION] = "string", [PARAM_BOOL] = "boolean",
    [PARAM_CHOICE] = "select",   [PARAM_HOSTS] = "string",
};

void
doc_xml_content(struct markup *m, const struct param *p)
{
    markup_open(m, "content");
    markup_attr(m, "type", "%s", types[p->type]);
    if (p->def)
        markup_attr(m, "default", "%s", p->def);
    for (int i = 0; p->type == PARAM_CHOICE && p->choices[i]; i++) {
        markup_open(m, "option");
        markup_attr(m, "value", "%s", p->choices[i]);
        markup_close(m);
    }
    markup_close(m);
}

void
doc_xml_lists(struct markup *m, const struct agent *a,
              void (*put_param)(struct markup *, const struct param *),
              void (*put_action)(struct markup *, const struct agent_action *))
{
    markup_open(m, "parameters");
    for (const struct param *p = a->params; p->name; p++)
        if (!(p->flags & PARAM_HIDDEN))
            put_param(m, p);
    markup_close(m);
    markup_open(m, "actions");
    for (const struct agent_action *x = a->actions; x->name; x++)
        if (!x->is_hidden)
            put_action(m, x);
    markup_close(m);
}
