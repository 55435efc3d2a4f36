#!/bin/bash
# VMs in every state that Nova's fake hypervisor can give them are on a host that
# fails: each ends as vmha(7) says, on the reserved host, and locks stay as they
# were.
set -eu
export VMHA_CLOUD=openstack CLOUD_SNAPSHOT=base
# shellcheck source-path=SCRIPTDIR source=../scenario/functions.sh
. "$(dirname "$0")/../scenario/functions.sh"

# states VERB: states.py, which keeps what it wants to see in the lab.
states()
{
    as_admin "$TOP/tests/openstack/states.py" "$1" "${@:2}"
}

is_used() # HOST: the journal says so
{
    [[ $(journal "vmha-reserve-$1") == "v1;U;"* ]]
}

plan 9
start_cluster
lab ctl crm_attribute --node cmp3 --name vmha-reserved --update true
# else its nova-compute, back again, would go on with the deletion
for parameter in recovery_method=reserved_host power_on=never \
    add_reserved_host_to_aggregate=true; do
    lab ctl crm_resource --resource vmha --set-parameter "${parameter%=*}" \
        --parameter-value "${parameter#*=}" >/dev/null
done
lab wait settled
ok "cmp3 is kept free" states reserve
ok "cmp1 has VMs in many states" states make "$L/shared/states.json"
lab node cmp1 "$CLOUD_DIR/cloud" compute cmp1 kill
ok "one is being deleted" states delete "$L/shared/states.json"
look before
t0=$(lab fault power cmp1)
ok "cmp1 is fenced" lab wait --timeout 30 fenced cmp1 "$t0"
ok "its VMs are recovered" recovered cmp1 1
ok "each as it should be" states check "$L/shared/states.json"
ok "the reserved host was enabled, and joined the aggregate" states reserved
ok "it counts as used" wait_for 20 is_used cmp3
judge states
