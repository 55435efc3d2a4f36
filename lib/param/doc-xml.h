/* What both metadata formats share. */
#ifndef VMHA_DOC_XML_H
#define VMHA_DOC_XML_H

#include "agent.h"
#include "markup.h"
#include "param.h"

/* The element <content>: type, default and choices of P. */
void doc_xml_content(struct markup *m, const struct param *p);

/* The lists <parameters> and <actions> of A, without what is hidden. */
void doc_xml_lists(struct markup *m, const struct agent *a,
                   void (*put_param)(struct markup *, const struct param *),
                   void (*put_action)(struct markup *,
                                      const struct agent_action *));

#endif
