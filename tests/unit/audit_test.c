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
    COMPUTE,
    ORDER,
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
    [POWER] = "<primitive id='ipmi' class='stonith' type='fence_ipmilan'>"
              "<instance_attributes id='ipmi-i'>" PARAM(
                  "pcmk_host_list", "c1") "</instance_attributes></primitive>",
    [FENCE] = "<primitive id='f' class='stonith' type='fence_vmha'>"
              "<instance_attributes id='f-i'>" PARAM("pcmk_host_list", "c1")
                  PARAM("pcmk_action_limit",
                        "-1") "</instance_attributes></primitive>",
    [GATE] = "<clone id='g-c'><primitive id='g' class='ocf' provider='vmha' "
             "type='gate'><operations><op id='g-s' name='stop' interval='0' "
             "on-fail='block'/></operations></primitive></clone>",
    [COMPUTE] = "<clone id='n-c'><primitive id='n' class='systemd' "
                "type='nova-compute'/></clone>",
    [ORDER] = "<rsc_order id='o' first='g-c' then='n-c'/>",
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

static struct audit_words words;
static audit_fn *add_finding = add;

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
        "<nodes/><resources>%s%s%s%s%s%s%s</resources><constraints>%s"
        "</constraints><fencing-topology>%s</fencing-topology></"
        "configuration><status/></cib>",
        p[OPTIONS], p[RECOVERY], p[POWER], p[FENCE], p[GATE], p[COMPUTE],
        p[WATCH], p[REMOTE], p[ORDER], p[LEVEL]);
    ok_msg(audit_text(cib, strlen(cib), &words, add_finding, &b, &err) == 0,
           "%s", err.text);
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
        { OPTIONS,
          OPTION("concurrent-fencing", "true")
              OPTION("cluster-recheck-interval", "30s")
                  OPTION("fencing-enabled", "false"),
          "bad: cluster option fencing-enabled is false\n" },
        { RECOVERY, "", "bad: there is no resource ocf:vmha:recovery\n" },
        { RECOVERY,
          "<primitive id='vmha' class='ocf' provider='vmha' type='recovery'>"
          "<instance_attributes id='v-i'>" PARAM(
              "segment", "a") "</instance_attributes></primitive>",
          "bad: there is no resource ocf:vmha:recovery\n" },
        { GATE, "",
          "bad: there is no resource ocf:vmha:gate\n"
          "bad: n-c is not ordered after gate-clone\n" },
        { COMPUTE, "",
          "bad: there is no resource for nova-compute\n"
          "bad: nova-compute-clone is not ordered after g-c\n" },
        { ORDER, "", "bad: n-c is not ordered after g-c\n" },
        { ORDER, "<rsc_order id='o' first='n-c' then='g-c'/>",
          "bad: n-c is not ordered after g-c\n" },
        { ORDER, "<rsc_order id='o' first='g-c' then='n-c' kind='Optional'/>",
          "bad: n-c is not ordered after g-c\n" },
        { ORDER,
          "<rsc_order id='o'><resource_set id='s'><resource_ref id='g-c'/>"
          "<resource_ref id='n-c'/></resource_set></rsc_order>",
          "" },
        { WATCH, "", "note: there is no resource ocf:vmha:watch\n" },
        { GATE,
          "<group id='g-c'><primitive id='g' class='ocf' provider='vmha' "
          "type='gate'/></group>",
          "bad: g stops without on-fail=block\n" },
        { POWER, "",
          "bad: c1: no power device names it in pcmk_host_list\n"
          "bad: c1: fencing-level 'l1': no other stonith device is listed "
          "before 'f' in devices='ipmi,f'\n" },
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

/* --- mends ------------------------------------------------------------- */

static void
add_mend(enum audit_severity severity, const char *what, const char *why,
         const char *mend, void *arg)
{
    (void) severity, (void) what, (void) why;
    (void) buf_printf(arg, "%s\n", mend);
}

static char *
mends(enum recipe_tool tool, enum part part, const char *text)
{
    char *found;

    words.tool = tool;
    add_finding = add_mend;
    found = findings(part, text);
    add_finding = add;
    return found;
}

#define LEVEL_OF(target, index, devices)                                       \
    "<fencing-level id='" target index "' target='" target "' index='" index   \
    "' devices='" devices "'/>"

static void
test_levels(void)
{
    static const struct {
        const char *text, *pcs, *crm;
    } table[] = {
        { "", "pcs stonith level add 1 c1 ipmi f\n",
          "crm configure fencing_topology c1: ipmi,f\n" },
        { LEVEL_OF("ctl", "1", "x") LEVEL_OF("ctl", "2", "y"),
          "pcs stonith level add 1 c1 ipmi f\n",
          "echo \"fencing_topology ctl: x y c1: ipmi,f\" | crm configure load "
          "update -\n" },
        { LEVEL_OF("c1", "2", "ipmi,z"),
          "pcs stonith level delete 2 c1\n"
          "pcs stonith level add 2 c1 ipmi z f\n",
          "echo \"fencing_topology c1: ipmi,z,f\" | crm configure load update "
          "-\n" },
        { "<fencing-level id='p' target-pattern='.*' index='1' devices='y'/>",
          "pcs stonith level add 1 c1 ipmi f\n",
          "crm configure edit fencing_topology    # c1: ipmi,f\n" },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        CLEANUP_FREE char *pcs = mends(RECIPE_PCS, LEVEL, table[i].text);
        CLEANUP_FREE char *crm = mends(RECIPE_CRM, LEVEL, table[i].text);

        is_str(pcs, table[i].pcs);
        is_str(crm, table[i].crm);
    }
}

/* What is in the CIB never becomes a shell's. */
static void
test_quoting(void)
{
    CLEANUP_FREE char *mend =
        mends(RECIPE_PCS, WATCH,
              "<primitive id='w;`reboot`' class='ocf' provider='vmha' "
              "type='watch'/>");

    is_str(mend, "pcs resource update w??reboot? op stop timeout=20s "
                 "on-fail=block\n");
}

static void
test_segments(void)
{
    static const char nodes[] =
        "<primitive id='vmha' class='ocf' provider='vmha' type='recovery'>"
        "<instance_attributes id='v-i'>" PARAM(
            "segment", "a") "</instance_attributes></primitive>";
    CLEANUP_FREE char *mend = mends(RECIPE_CRM, RECOVERY, nodes);

    has_str(mend, "crm configure primitive vmha ocf:vmha:recovery params "
                  "cloud=NAME op start");
}

/* --- what runs ----------------------------------------------------------- */

#define RSC(id, ops) "<lrm_resource id='" id "'>" ops "</lrm_resource>"
#define OP(id, name, call, rc)                                                 \
    "<lrm_rsc_op id='" id "' operation='" name "' call-id='" call              \
    "' rc-code='" rc "' op-status='0'/>"
#define RUNS(id)                                                               \
    RSC(id, OP(id "_monitor_0", "monitor", "1", "7")                           \
                OP(id "_start_0", "start", "2", "0"))
#define STATE(name, more, resources)                                           \
    "<node_state id='" name "' uname='" name "' " more                         \
    "><lrm id='l'><lrm_resources>" resources "</lrm_resources></lrm>"          \
    "</node_state>"
#define CTL(resources) STATE("ctl", "in_ccm='true' crmd='online'", resources)
#define C1(resources)                                                          \
    STATE("c1", "remote_node='true' in_ccm='true' node_fenced='0'", resources)

/* The findings in a cluster with this status and journal. */
static char *
status_findings(const char *status, const char *journal)
{
    CLEANUP_BUF struct buf b = BUF_INIT(64 * 1024);
    struct audit_words live = { .is_live = true };
    struct vmha_error err = { 0 };
    CLEANUP_FREE char *cib = xasprintf(
        "<cib><configuration><crm_config><cluster_property_set "
        "id='cib-bootstrap-options'>%s</cluster_property_set>"
        "<cluster_property_set id='vmha-journal'>%s</cluster_property_set>"
        "</crm_config><nodes><node id='1' uname='ctl'/></nodes>"
        "<resources>%s%s%s%s%s%s%s</resources><constraints>%s</constraints>"
        "<fencing-topology>%s</fencing-topology></configuration>"
        "<status>%s</status></cib>",
        parts[OPTIONS], journal, parts[RECOVERY], parts[POWER], parts[FENCE],
        parts[GATE], parts[COMPUTE], parts[WATCH], parts[REMOTE], parts[ORDER],
        parts[LEVEL], status);

    ok_msg(audit_text(cib, strlen(cib), &live, add, &b, &err) == 0, "%s",
           err.text);
    return xstrdup(buf_str(&b));
}

static void
test_status(void)
{
    static const struct {
        const char *status, *journal, *found;
    } table[] = {
        { "", "", "" },
        { CTL(RUNS("ipmi") RUNS("f")) C1(RUNS("g") RUNS("w:0")), "", "" },
        { CTL(RUNS("f")) C1(RUNS("g") RUNS("w")), "",
          "bad: fencing device ipmi runs nowhere\n" },
        { CTL(RSC("ipmi", OP("s", "start", "2", "0")
                              OP("f", "monitor", "3", "1")) RUNS("f"))
              C1(RUNS("g") RUNS("w")),
          "", "bad: fencing device ipmi: its monitor on ctl failed\n" },
        { CTL(RSC("ipmi", OP("f", "monitor", "3", "1")
                              OP("s", "start", "5", "0")) RUNS("f"))
              C1(RUNS("g") RUNS("w")),
          "", "note: fencing device ipmi: its monitor on ctl failed\n" },
        { CTL(RUNS("ipmi") RUNS("f"))
              C1(RUNS("g") RSC("w", OP("a", "start", "2", "0")
                                        OP("b", "stop", "4", "0"))),
          "", "note: c1: ocf:vmha:watch does not run\n" },
        { CTL(RUNS("ipmi") RUNS("f"))
              C1(RSC("g", OP("a", "start", "2", "1")) RUNS("w")),
          "", "note: c1: ocf:vmha:gate does not run\n" },
        { CTL(RUNS("ipmi") RUNS("f"))
              C1(RSC("w", OP("m", "monitor", "9", "190"))),
          "<nvpair id='e' name='vmha-host-c1' value='v1;T;1;;'/>", "" },
        { "", "<nvpair id='e' name='vmha-host-c9' value='v1;X;1;;'/>",
          "note: the journal has host 'c9', which is no node of the "
          "cluster\n" },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        CLEANUP_FREE char *found =
            status_findings(table[i].status, table[i].journal);

        is_str(found, table[i].found);
    }
}

static void
test_no_cib(void)
{
    CLEANUP_BUF struct buf b = BUF_INIT(1024);
    struct vmha_error err = { 0 };

    is_int(audit_text("", 0, &words, add, &b, &err), -1);
    is_int(err.kind, VMHA_E_INPUT);
}

TAP_MAIN({ "what is missing is told", test_table },
         { "fence_vmha alone in a level", test_level },
         { "levels are mended", test_levels },
         { "no text of the CIB harms a shell", test_quoting },
         { "hosts of no segment need a recovery", test_segments },
         { "what does not run is told", test_status },
         { "no CIB", test_no_cib })
