/* vmha check: what is found in what Nova has of our hosts? */
#include "../../tools/vmha/nova-audit.h"

#include "buf.h"
#include "cleanup.h"
#include "tap.h"

static void
add(enum audit_severity severity, const char *what, const char *why,
    const char *mend, void *arg)
{
    ok_msg(why && *why, "why: %s", what);
    (void) buf_printf(arg, "%s: %s | %s\n",
                      severity == AUDIT_BAD ? "bad" : "note", what, mend);
}

#define OURS(name, more)                                                       \
    "{\"host\":\"" name "\",\"service_host\":\"" name                          \
    "\",\"was_fenced\":true,"                                                  \
    "\"is_in_nova\":true,\"is_up\":true" more "}"
#define NOVA(name, used, free)                                                 \
    "{\"host\":\"" name "\",\"used_ram_mb\":" used ",\"free_ram_mb\":" free    \
    ",\"is_up\":true,\"is_usable\":true}"
#define DOC(ours, nova, more)                                                  \
    "{\"version\":1,\"instance\":\"vmha\",\"minor\":93,\"hosts\":[" ours       \
    "],\"nova_hosts\":[" nova "]" more "}"
#define TWO NOVA("a", "10", "90") "," NOVA("b", "20", "80")

static void
test_table(void)
{
    static const struct {
        const char *doc, *found;
    } table[] = {
        { DOC(OURS("a", "") "," OURS("b", ""), TWO, ""), "" },
        { DOC(OURS("a", "") "," OURS("x", ",\"is_in_nova\":false"), TWO, ""),
          "bad: x: Nova has no compute host 'x' | vmha host set x "
          "--service-host=b\n"
          "note: Nova's host 'b' is no compute host of this cluster | pcs "
          "cluster node add-remote b ADDRESS reconnect_interval=30s op monitor "
          "interval=2s timeout=3s op start timeout=5s\n" },
        { DOC(OURS("a", ",\"is_up\":false") "," OURS("b", ""), TWO, ""),
          "note: a: its nova-compute is down, as Nova says | pcs resource "
          "cleanup nova-compute\n" },
        { DOC(OURS("a", ",\"is_up\":false,\"is_failed\":true") "," OURS("b",
                                                                        ""),
              TWO, ""),
          "" },
        { DOC(OURS("a", ",\"is_up\":false,\"is_reserved\":true") "," OURS("b",
                                                                          ""),
              TWO, ""),
          "bad: reserved host a: its nova-compute is down, as Nova says | pcs "
          "resource cleanup nova-compute\n" },
        { DOC(OURS("a", ",\"is_entry_broken\":true") "," OURS("b", ""), TWO,
              ""),
          "bad: a: its entry in the journal cannot be read | crm_attribute "
          "--type=crm_config --set-name=vmha-journal --name=vmha-host-a "
          "--query\n" },
        { DOC(OURS("a", ",\"was_fenced\":false") "," OURS("b", ""), TWO, ""),
          "note: the fencers remember no fencing of a | pcs stonith fence "
          "a\n" },
        { DOC(OURS("a", "") "," OURS("b", ""),
              NOVA("a", "10", "90") "," NOVA("b", "95", "5"), ""),
          "note: if b failed, its VMs would need 95 MB, and the others have 90 "
          "MB free | vmha host set HOST --reserved=true\n" },
        { DOC(OURS("a", "") "," OURS("b", ""), TWO,
              ",\"heartbeat_age_ms\":75000"),
          "" },
        { DOC(OURS("a", "") "," OURS("b", ""), TWO,
              ",\"heartbeat_age_ms\":90000"),
          "note: the clocks of Nova and of the node of vmha differ by some 90 "
          "s "
          "| chronyc makestep\n" },
        { DOC(OURS("a", "") "," OURS("b", ""), TWO,
              ",\"heartbeat_age_ms\":-7000"),
          "note: the clocks of Nova and of the node of vmha differ by some 7 s "
          "| chronyc makestep\n" },
        { DOC(OURS("a", "") "," OURS("b", ""), TWO,
              ",\"starts_by_level\":true"),
          "note: vmha has start_by_level, and Nova's newest microversion is "
          "2.93 | upgrade Nova to 2023.1 or later\n" },
        { DOC(OURS("a", "") "," OURS("b", ""), TWO,
              ",\"troubles\":[{\"what\":\"list hypervisors\",\"status\":403,"
              "\"text\":\"no\"}]"),
          "bad: vmha: Nova does not allow us to list hypervisors: no | "
          "openstack "
          "role add --user USER --project PROJECT admin\n" },
        { "{\"error\":\"this version does not know the request\"}", "" },
        { "{\"hosts\":[1,null,{}],\"nova_hosts\":{},\"minor\":[]}", "" },
    };
    const struct audit_words words = { .tool = RECIPE_PCS };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        CLEANUP_BUF struct buf b = BUF_INIT(64 * 1024);
        struct json_object *doc = json_tokener_parse(table[i].doc);

        ok_msg(doc, "row %zu is JSON", i);
        nova_audit(&doc, 1, &words, add, &b);
        is_str(buf_str(&b), table[i].found);
        json_object_put(doc);
    }
}

/* Hosts of one segment are no strangers to the other's daemon. */
static void
test_segments(void)
{
    struct json_object *docs[] = {
        json_tokener_parse(DOC(OURS("a", ""), TWO, "")),
        json_tokener_parse(DOC(OURS("b", ""), TWO, "")),
    };
    const struct audit_words words = { .tool = RECIPE_CRM };
    CLEANUP_BUF struct buf b = BUF_INIT(64 * 1024);

    nova_audit(docs, 2, &words, add, &b);
    is_str(buf_str(&b), "");
    json_object_put(docs[0]);
    json_object_put(docs[1]);
}

TAP_MAIN({ "each finding", test_table }, { "segments", test_segments })
