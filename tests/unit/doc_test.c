/* lib/param: the emitters. */
#include <stdlib.h>

#include "agent.h"
#include "cleanup.h"
#include "markup.h"
#include "tap.h"

struct conf {
    char *name;
    char *node;
    uint64_t wait_ms;
    int mode;
};

static const char *const modes[] = { "a", "b", "c", NULL };

static const struct param params[] = {
    { .name = "name",
      FIELD_STRING(struct conf, name),
      .flags = PARAM_REQUIRED | PARAM_UNIQUE,
      .opt = 'n',
      .summary = "The <name> & \"more\"",
      .text = "It is <name> & \"more\"." },
    { .name = "node",
      FIELD_STRING(struct conf, node),
      .flags = PARAM_HIDDEN,
      .summary = "Node",
      .text = "Node." },
    { .name = "wait",
      FIELD_DURATION(struct conf, wait_ms),
      .def = "5s",
      .min = 1000,
      .max = 60000,
      .flags = PARAM_RELOADABLE,
      .summary = "Wait",
      .text = "Wait." },
    { .name = "mode",
      FIELD_CHOICE(struct conf, mode),
      .choices = modes,
      .summary = "Mode",
      .text = "Mode." },
    { .name = NULL },
};

static const struct agent_action actions[] = {
    { .name = "start", .timeout_s = 20, .text = "Starts it." },
    { .name = "stop",
      .timeout_s = 20,
      .on_fail = "block",
      .text = "Stops it." },
    { .name = "monitor",
      .timeout_s = 20,
      .interval_s = 10,
      .text = "Looks at it." },
    { .name = "monitor",
      .timeout_s = 30,
      .interval_s = 60,
      .depth = 10,
      .text = "Looks deeper." },
    { .name = "secret", .is_hidden = true },
    { .name = NULL },
};

static const struct agent agent = {
    .name = "test",
    .version = "1.0",
    .summary = "Tests <it>",
    .text = "Tests it.",
    .params = params,
    .conf_size = sizeof(struct conf),
    .actions = actions,
};

static char *
capture(void (*emit)(FILE *out, const struct agent *a))
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    emit(out, &agent);
    fclose(out);
    return text;
}

static void
test_markup(void)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    struct markup m;

    markup_init(&m, out);
    markup_open(&m, "a");
    markup_attr(&m, "x", "%s", "<&>\"\x01");
    markup_text(&m, "b", NULL, "<&>\"\x1f\n\xc3\xa4");
    markup_open(&m, "c");
    markup_close(&m);
    markup_close(&m);
    fclose(out);
    is_str(text, "<?xml version=\"1.0\"?>\n"
                 "<a x=\"&lt;&amp;&gt;&quot; \">\n"
                 "  <b>&lt;&amp;&gt;&quot; \n\xc3\xa4</b>\n"
                 "  <c/>\n"
                 "</a>\n");
    free(text);
}

static void
test_ocf(void)
{
    CLEANUP_FREE char *xml = capture(doc_ocf);

    has_str(xml, "<parameter name=\"name\" unique-group=\"name\" "
                 "required=\"1\" reloadable=\"0\">");
    has_str(xml, "<longdesc lang=\"en\">It is &lt;name&gt; &amp; "
                 "&quot;more&quot;.</longdesc>");
    has_str(xml, "<content type=\"string\" default=\"5s\"/>");
    has_str(xml, "<option value=\"c\"/>");
    has_str(xml, "<action name=\"stop\" timeout=\"20s\"/>");
    has_str(xml, "<action name=\"monitor\" timeout=\"30s\" interval=\"60s\" "
                 "depth=\"10\"/>");
    ok(strstr(xml, "\"node\"") == NULL);
    ok(strstr(xml, "secret") == NULL);
}

static void
test_fence(void)
{
    CLEANUP_FREE char *xml = capture(doc_fence);

    has_str(xml, "<resource-agent name=\"test\" "
                 "shortdesc=\"Tests &lt;it&gt;\">");
    has_str(xml, "<parameter name=\"name\" unique=\"1\" required=\"1\">");
    has_str(xml, "<getopt mixed=\"-n, --name=[value]\"/>");
    has_str(xml, "<action name=\"start\"/>");
    ok(strstr(xml, "\"node\"") == NULL);
}

static void
test_pod(void)
{
    CLEANUP_FREE char *pod = capture(doc_pod);

    has_str(pod, "=item B<name>\n\nIt is E<lt>nameE<gt> & \"more\".\n"
                 "Required.\n\n");
    has_str(pod, "Between C<1s> and C<1min>.\nDefault: C<5s>.\n"
                 "A change takes effect without a restart.\n");
    has_str(pod, "One of C<a>, C<b> or C<c>.\n");
    has_str(pod, "=item B<stop> (timeout 20s)\n\nStops it.\n"
                 "Set B<on-fail=block> for it.");
    has_str(pod, "=item B<monitor> (timeout 30s, interval 60s, depth 10)");
    ok(strstr(pod, "node") == NULL);
    ok(strstr(pod, "secret") == NULL);
}

TAP_MAIN({ "XML is nested and escaped", test_markup },
         { "OCF metadata", test_ocf }, { "fence metadata", test_fence },
         { "manual", test_pod })
