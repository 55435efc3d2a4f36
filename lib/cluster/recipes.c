/* The commands that set a cluster up or mend it, for pcs and for crmsh. */
#include "recipes.h"

#include <string.h>

#include "buf.h"
#include "xalloc.h"

enum { RECIPE_MAX = 256 * 1024 };

/* crmsh changes an operation that is there in its editor only. */
#define CRM_EDIT(op) "crm configure edit {id}    # " op

static const char *const recipes[][2] = {
    [RECIPE_OPTION] = { "pcs property set {name}={value}",
                        "crm configure property {name}={value}" },
    [RECIPE_MONITOR] = { "pcs resource update {id} op monitor interval=2s "
                         "timeout=3s",
                         "crm configure monitor {id} 2s:3s" },
    [RECIPE_RECONNECT] = { "pcs resource update {id} reconnect_interval=30s",
                           "crm resource param {id} set reconnect_interval "
                           "30s" },
    [RECIPE_STOP] = { "pcs resource update {id} op stop timeout=20s "
                      "on-fail=block",
                      CRM_EDIT("op stop interval=0 timeout=20s "
                               "on-fail=block") },
    [RECIPE_HOST_LIST] = { "pcs stonith update {id} pcmk_host_list=\"{hosts}\" "
                           "pcmk_host_check=static-list",
                           "crm resource param {id} set pcmk_host_list "
                           "\"{hosts}\"\n"
                           "crm resource param {id} set pcmk_host_check "
                           "static-list" },
    [RECIPE_LIMIT] = { "pcs stonith update {id} pcmk_action_limit=-1",
                       "crm resource param {id} set pcmk_action_limit -1" },
    [RECIPE_MANAGE] = { "pcs node unmaintenance {id}\n"
                        "pcs resource manage {id}",
                        "crm node ready {id}\n"
                        "crm resource manage {id}" },
    [RECIPE_POWER] = { "pcs stonith create ipmi-{id} fence_ipmilan ip=ADDRESS "
                       "username=USER password_script=FILE lanplus=1 "
                       "pcmk_host_list={id} pcmk_host_check=static-list "
                       "pcmk_reboot_action=off pcmk_off_timeout=20s "
                       "pcmk_reboot_timeout=20s pcmk_action_limit=-1",
                       "crm configure primitive ipmi-{id} "
                       "stonith:fence_ipmilan params ip=ADDRESS username=USER "
                       "password_script=FILE lanplus=1 pcmk_host_list={id} "
                       "pcmk_host_check=static-list pcmk_reboot_action=off "
                       "pcmk_off_timeout=20s pcmk_reboot_timeout=20s "
                       "pcmk_action_limit=-1" },
    [RECIPE_FENCE] = { "pcs stonith create fence-vmha fence_vmha "
                       "pcmk_host_list=\"{hosts}\" pcmk_host_check=static-list "
                       "pcmk_action_limit=-1 pcmk_off_timeout=10s",
                       "crm configure primitive fence-vmha stonith:fence_vmha "
                       "params pcmk_host_list=\"{hosts}\" "
                       "pcmk_host_check=static-list pcmk_action_limit=-1 "
                       "pcmk_off_timeout=10s" },
    [RECIPE_LEVEL] = { "pcs stonith level add {other} {id} {value}", NULL },
    [RECIPE_OLD_LEVEL] = { "pcs stonith level delete {other} {id}\n"
                           "pcs stonith level add {other} {id} {value}",
                           NULL },
    [RECIPE_TOPOLOGY] = { NULL, "crm configure fencing_topology {value}" },
    [RECIPE_RETOPOLOGY] = { NULL, "echo \"fencing_topology {value}\" | "
                                  "crm configure load update -" },
    [RECIPE_PATTERNS] = { NULL, "crm configure edit fencing_topology    "
                                "# {id}: {value}" },
    [RECIPE_RECOVERY] = { "pcs resource create {id} ocf:vmha:recovery "
                          "cloud={value} op start timeout=30s "
                          "op stop timeout=20s "
                          "op monitor interval=10s timeout=20s\n"
                          "pcs constraint location {id} rule "
                          "resource-discovery=never score=-INFINITY "
                          "'#kind' eq remote",
                          "crm configure primitive {id} ocf:vmha:recovery "
                          "params cloud={value} op start interval=0 "
                          "timeout=30s "
                          "op stop interval=0 timeout=20s "
                          "op monitor interval=10s timeout=20s\n"
                          "crm configure location {id}-not-remote {id} "
                          "resource-discovery=never "
                          "rule -inf: '#kind' eq remote" },
    [RECIPE_SEGMENT] = { "pcs resource create {id} ocf:vmha:recovery "
                         "cloud={value} segment={name} op start timeout=30s "
                         "op stop timeout=20s "
                         "op monitor interval=10s timeout=20s\n"
                         "pcs constraint location {id} rule "
                         "resource-discovery=never score=-INFINITY "
                         "'#kind' eq remote",
                         "crm configure primitive {id} ocf:vmha:recovery "
                         "params cloud={value} segment={name} "
                         "op start interval=0 timeout=30s "
                         "op stop interval=0 timeout=20s "
                         "op monitor interval=10s timeout=20s\n"
                         "crm configure location {id}-not-remote {id} "
                         "resource-discovery=never "
                         "rule -inf: '#kind' eq remote" },
    [RECIPE_GATE] = { "pcs resource create gate ocf:vmha:gate "
                      "op start timeout=20s op monitor interval=60s "
                      "timeout=20s "
                      "op stop timeout=20s on-fail=block "
                      "meta failure-timeout=15s clone interleave=true\n"
                      "pcs constraint location gate-clone rule "
                      "score=-INFINITY '#kind' ne remote",
                      "crm configure primitive gate ocf:vmha:gate "
                      "op start interval=0 timeout=20s "
                      "op monitor interval=60s timeout=20s "
                      "op stop interval=0 timeout=20s on-fail=block "
                      "meta failure-timeout=15s\n"
                      "crm configure clone gate-clone gate meta "
                      "interleave=true\n"
                      "crm configure location gate-remotes gate-clone "
                      "rule -inf: '#kind' ne remote" },
    [RECIPE_COMPUTE] = { "pcs resource create nova-compute "
                         "systemd:nova-compute op stop timeout=120s "
                         "on-fail=block clone interleave=true\n"
                         "pcs constraint location nova-compute-clone rule "
                         "score=-INFINITY '#kind' ne remote",
                         "crm configure primitive nova-compute "
                         "systemd:nova-compute op stop interval=0 timeout=120s "
                         "on-fail=block\n"
                         "crm configure clone nova-compute-clone nova-compute "
                         "meta interleave=true\n"
                         "crm configure location nova-compute-remotes "
                         "nova-compute-clone rule -inf: '#kind' ne remote" },
    [RECIPE_ORDER] = { "pcs constraint order {id} then {name}\n"
                       "pcs constraint colocation add {name} with {id}",
                       "crm configure order gate-first Mandatory: {id} {name}\n"
                       "crm configure colocation gate-with inf: {name} {id}" },
    [RECIPE_WATCH] = { "pcs resource create watch ocf:vmha:watch "
                       "op start timeout=20s op monitor interval=10s "
                       "timeout=20s op monitor interval=60s timeout=20s "
                       "OCF_CHECK_LEVEL=10 op stop timeout=20s on-fail=block "
                       "clone interleave=true\n"
                       "pcs constraint location watch-clone rule "
                       "score=-INFINITY '#kind' ne remote",
                       "crm configure primitive watch ocf:vmha:watch "
                       "op start interval=0 timeout=20s "
                       "op monitor interval=10s timeout=20s "
                       "op monitor interval=60s timeout=20s "
                       "OCF_CHECK_LEVEL=10 "
                       "op stop interval=0 timeout=20s on-fail=block\n"
                       "crm configure clone watch-clone watch meta "
                       "interleave=true\n"
                       "crm configure location watch-remotes watch-clone "
                       "rule -inf: '#kind' ne remote" },
    [RECIPE_CLEANUP] = { "pcs resource cleanup {id}",
                         "crm resource cleanup {id}" },
    [RECIPE_FORGET] = { "vmha host forget {id}", "vmha host forget {id}" },
    [RECIPE_RENAME] = { "vmha host set {id} --service-host={value}",
                        "vmha host set {id} --service-host={value}" },
    [RECIPE_CONNECT] = { "pcs cluster node add-remote {id} ADDRESS "
                         "reconnect_interval=30s op monitor interval=2s "
                         "timeout=3s op start timeout=5s",
                         "crm configure primitive {id} ocf:pacemaker:remote "
                         "params server=ADDRESS reconnect_interval=30s "
                         "op monitor interval=2s timeout=3s "
                         "op start interval=0 timeout=5s" },
    [RECIPE_ROLE] = { "openstack role add --user USER --project PROJECT admin",
                      "openstack role add --user USER --project PROJECT "
                      "admin" },
    [RECIPE_CLOCK] = { "chronyc makestep", "chronyc makestep" },
    [RECIPE_TEST] = { "pcs stonith fence {id}", "crm node fence {id}" },
    [RECIPE_ENTRY] = { "crm_attribute --type=crm_config "
                       "--set-name=vmha-journal --name=vmha-host-{id} --query",
                       "crm_attribute --type=crm_config "
                       "--set-name=vmha-journal --name=vmha-host-{id} "
                       "--query" },
};

/* The value whose name begins at KEY and ends in a brace; NULL: it is none. */
static const char *
value_of(const struct recipe_values *v, const char *key, size_t len)
{
    const struct {
        const char *name, *value;
    } table[] = {
        { "id", v->id },       { "name", v->name },   { "value", v->value },
        { "hosts", v->hosts }, { "other", v->other },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++)
        if (strlen(table[i].name) == len &&
            strncmp(table[i].name, key, len) == 0)
            return table[i].value;
    return NULL;
}

static void
add_value(struct buf *b, const char *value)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_.,:@%+=/- ";

    for (; *value; value++)
        (void) buf_add(b, strchr(plain, *value) ? value : "?", 1);
}

char *
recipe_fill(enum recipe recipe, enum recipe_tool tool,
            const struct recipe_values *values)
{
    CLEANUP_BUF struct buf b = BUF_INIT(RECIPE_MAX);
    const char *text = recipes[recipe][tool];

    while (text && *text) {
        size_t len = strcspn(text, "{");
        const char *end = strchr(text + len, '}');
        const char *value;

        (void) buf_add(&b, text, len);
        if (!end)
            break;
        value =
            value_of(values, text + len + 1, (size_t) (end - text) - len - 1);
        add_value(&b, value ? value : "?");
        text = end + 1;
    }
    return xstrdup(buf_str(&b));
}
