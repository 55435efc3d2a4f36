/* lib/cluster: is a cluster set up as vmha needs it? */
#include "audit.h"

#include <stdio.h>

#include "buf.h"
#include "cleanup.h"
#include "tap.h"
#include "xalloc.h"

#define OPTION(name, value)                                                    \
    "<nvpair id='o-" name "' name='" name "' value='" value "'/>"
#define PARAM(name, value)                                                     \
    "<nvpair id='p-" name "' name='" name "' value='" value "'/>"

/* A cluster in order, in parts that a case may replace. */
enum part {
    OPTIONS,
    RECOVERY,
    POWER,
    FENCE,
    GATE,
    WATCH,
    REMOTE,
    LEVEL,
    N_PARTS
};

static const char *const parts[N_PARTS] = {
    [OPTIONS] = OPTION("concurrent-fencing", "true")
        OPTION("cluster-recheck-interval", "30s"),
    [RECOVERY] = "<primitive id='vmha' class='ocf' provider='vmha' "
                 "type='recovery'/>",
    [POWER] = "<primitive id='ipmi' class='stonith' type='fence_ipmilan'/>",
    [FENCE] = "<primitive id='f' class='stonith' type='fence_vmha'>"
              "<instance_attributes id='f-i'>" PARAM("pcmk_host_list", "c1")
                  PARAM("pcmk_action_limit",
                        "-1") "</instance_attributes></primitive>",
    [GATE] = "<clone id='g-c'><primitive id='g' class='ocf' provider='vmha' "
             "type='gate'><operations><op id='g-s' name='stop' interval='0' "
             "on-fail='block'/></operations></primitive></clone>",
    [WATCH] = "<clone id='w-c'><primitive id='w' class='ocf' provider='vmha' "
              "type='watch'><operations><op id='w-s' name='stop' interval='0s' "
              "on-fail='block'/></operations></primitive></clone>",
    [REMOTE] =
        "<primitive id='c1' class='ocf' provider='pacemaker' "
        "type='remote'><instance_attributes id='c1-i'>" PARAM(
            "reconnect_interval",
            "30s") "</instance_attributes>"
                   "<operations><op id='c1-m' name='monitor' interval='2s'/>"
                   "</operations></primitive>",
    [LEVEL] = "<fencing-level id='l1' target='c1' index='1' "
              "devices='ipmi,f'/>",
};

static void
add(enum audit_severity severity, const char *what, const char *why,
    const char *mend, void *arg)
{
    (void) buf_printf(arg, "%s: %s\n", severity == AUDIT_BAD ? "bad" : "note",
                      what);
    ok_msg(why && *why && mend && *mend, "why and mend: %s", what);
}

/* The findings where PART is TEXT. */
static char *
findings(enum part part, const char *text)
{
    CLEANUP_BUF struct buf b = BUF_INIT(64 * 1024);
    const char *p[N_PARTS];
    struct vmha_error err = { 0 };
    CLEANUP_FREE char *cib = NULL;

    memcpy(p, parts, sizeof p);
    if (part < N_PARTS)
        p[part] = text;
    cib = xasprintf(
        "<cib><configuration><crm_config><cluster_property_set "
        "id='cib-bootstrap-options'>%s</cluster_property_set></crm_config>"
        "<nodes/><resources>%s%s%s%s%s%s</resources><fencing-topology>%s"
        "</fencing-topology></configuration><status/></cib>",
        p[OPTIONS], p[RECOVERY], p[POWER], p[FENCE], p[GATE], p[WATCH],
        p[REMOTE], p[LEVEL]);
    ok_msg(audit_text(cib, strlen(cib), add, &b, &err) == 0, "%s", err.text);
    return xstrdup(buf_str(&b));
}

static void
test_table(void)
{
    static const struct {
        enum part part;
        const char *text, *found;
    } table[] = {
        { N_PARTS, NULL, "" },
        { OPTIONS, "",
          "note: cluster option concurrent-fencing is not set\n"
          "note: cluster option cluster-recheck-interval is not set\n" },
        { OPTIONS,
          OPTION("concurrent-fencing", "yes")
              OPTION("cluster-recheck-interval", "1min")
                  OPTION("stonith-enabled", "false")
                      OPTION("startup-fencing", "off")
                          OPTION("no-quorum-policy", "ignore")
                              OPTION("maintenance-mode", "1"),
          "bad: cluster option stonith-enabled is false\n"
          "bad: cluster option startup-fencing is off\n"
          "bad: cluster option no-quorum-policy is ignore\n"
          "bad: cluster option maintenance-mode is 1\n"
          "note: c1 is in maintenance or unmanaged\n" },
        { RECOVERY, "", "bad: there is no resource ocf:vmha:recovery\n" },
        { GATE, "", "bad: there is no resource ocf:vmha:gate\n" },
        { WATCH, "", "note: there is no resource ocf:vmha:watch\n" },
        { GATE, "<primitive id='g' class='ocf' provider='vmha' type='gate'/>",
          "bad: g stops without on-fail=block\n" },
        { WATCH,
          "<primitive id='w' class='ocf' provider='vmha' type='watch'>"
          "<operations><op id='s' name='stop' on-fail='fence'/></operations>"
          "</primitive>",
          "bad: w stops without on-fail=block\n" },
        { FENCE, "<primitive id='f' class='stonith' type='fence_vmha'/>",
          "bad: f has no pcmk_host_list\n"
          "note: f has pcmk_action_limit=1, the default\n" },
        { REMOTE,
          "<primitive id='c1' class='ocf' provider='pacemaker' "
          "type='remote'><operations><op id='m' name='monitor' "
          "interval='0'/></operations></primitive>",
          "bad: the connection of c1 has no recurring monitor\n"
          "note: the connection of c1 has no reconnect_interval\n" },
        { LEVEL, "",
          "bad: c1: no fencing-level of 'c1' lists a power device and then a "
          "device "
          "of type fence_vmha\n" },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        CLEANUP_FREE char *found = findings(table[i].part, table[i].text);

        is_str(found, table[i].found);
    }
}

static void
test_level(void)
{
    CLEANUP_FREE char *alone =
        findings(LEVEL,
                 "<fencing-level id='l1' target='c1' index='1' devices='f'/>");

    has_str(alone, "bad: c1: fencing-level 'l1': no other stonith device");
}

static void
test_no_cib(void)
{
    CLEANUP_BUF struct buf b = BUF_INIT(1024);
    struct vmha_error err = { 0 };

    is_int(audit_text("", 0, add, &b, &err), -1);
    is_int(err.kind, VMHA_E_INPUT);
}

TAP_MAIN({ "what is missing is told", test_table },
         { "fence_vmha alone in a level", test_level },
         { "no CIB", test_no_cib })
