#!/bin/bash
# VMs in every state that Nova's fake hypervisor can give them are on a host that
# fails: each ends as vmha(7) says, and locks stay as they were.
set -eu
export VMHA_CLOUD=openstack CLOUD_SNAPSHOT=base
# shellcheck source-path=SCRIPTDIR source=../scenario/functions.sh
. "$(dirname "$0")/../scenario/functions.sh"

# states VERB: states.py, which keeps what it wants to see in the lab.
states()
{
    as_admin "$TOP/tests/openstack/states.py" "$1" "$L/shared/states.json"
}

plan 4
start_cluster
ok "cmp1 has VMs in many states" states make
t0=$(lab fault power cmp1)
ok "cmp1 is fenced" lab wait --timeout 30 fenced cmp1 "$t0"
ok "its VMs are recovered" recovered cmp1
ok "each as it should be" states check
