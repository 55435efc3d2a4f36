/* What a daemon answers to history, plan and check: whatever it holds, what is
 * shown of it is harmless.
 */
#include <assert.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

#include "buf.h"
#include "cleanup.h"
#include "fuzz.h"
#include "harmless.h"

#include "../../tools/vmha/document.h"
#include "../../tools/vmha/explain.h"
#include "../../tools/vmha/gather.h"
#include "../../tools/vmha/nova-audit.h"

static void
check_xml(const char *text, bool is_utf8)
{
    xmlDoc *doc = xmlReadMemory(text, (int) strlen(text), NULL, "UTF-8",
                                XML_PARSE_NOERROR | XML_PARSE_HUGE);

    assert(doc);
    xmlFreeDoc(doc);
    check_harmless(text, is_utf8);
}

static void
check_lists(const uint8_t *data, size_t size, const char *what)
{
    CLEANUP_HISTORY_LIST struct history_list list = { 0 };
    struct history_query q = { .what = what };
    struct json_object *reply = NULL;
    struct vmha_error err = { 0 };

    if (gather_reply((const char *) data, size, &q, "", &list, &reply, &err) ==
        -1) {
        assert(err.text[0]);
        return;
    }
    for (int is_utf8 = 0; is_utf8 < 2; is_utf8++) {
        CLEANUP_FREE char *why = explain_why(&list, &list, is_utf8);
        CLEANUP_FREE char *past = explain_incidents(&list, &list, 2, is_utf8);
        CLEANUP_FREE char *plan = explain_plan(reply, is_utf8);
        CLEANUP_FREE char *json =
            document_done(json_object_get(reply), OUTPUT_JSON, "why", is_utf8);
        CLEANUP_FREE char *xml =
            document_done(json_object_get(reply), OUTPUT_XML, "why", is_utf8);

        check_harmless(why, is_utf8);
        check_harmless(past, is_utf8);
        check_harmless(plan, is_utf8);
        check_harmless(json, is_utf8);
        check_xml(xml, is_utf8);
    }
    json_object_put(reply);
}

/* A mend is for a shell. */
static void
check_finding(enum audit_severity severity, const char *what, const char *why,
              const char *mend, void *arg)
{
    (void) severity, (void) arg;
    assert(*what && *why && *mend && !strpbrk(mend, "$`;&|<>\\\n"));
}

static void
check_audit(const uint8_t *data, size_t size)
{
    CLEANUP_BUF struct buf b = BUF_INIT(1024 * 1024);
    const struct audit_words words = { .tool = RECIPE_PCS };
    struct json_object *doc;

    (void) buf_add(&b, data, size);
    doc = json_tokener_parse(buf_str(&b));
    nova_audit(&doc, 1, &words, check_finding, NULL);
    json_object_put(doc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void) setlocale(LC_CTYPE, "C.UTF-8");
    check_lists(data, size, NULL);
    check_lists(data, size, "incident");
    check_audit(data, size);
    return 0;
}
