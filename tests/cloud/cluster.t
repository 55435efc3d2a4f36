#!/bin/bash
# nova-compute as a resource of the cluster: Pacemaker starts it, restarts it, and
# starts it again on a host that comes back.
set -eu
# shellcheck source-path=SCRIPTDIR source=../lab/functions.sh
. "$(dirname "$0")/../lab/functions.sh"

here=$(cd "$(dirname "$0")" && pwd)
export LAB_STAGE_CMP=$here/stage LAB_RESOURCES=$here/nova-compute.xml
export LAB_CONSTRAINTS=$here/nova-compute-constraints.xml

cloud() { lab exec "$here/cloud" "$@"; }

role() { # Started|Stopped
    lab ctl crm_resource --meta --resource nova-compute-clone \
        --set-parameter target-role --parameter-value "$1"
}

pid_of() { lab node "$1" cat "/run/cloud/pid/nova-compute-$1"; }

is_new() { # NODE OLD: another nova-compute than that runs there
    local pid
    pid=$(pid_of "$1") 2>/dev/null && [ "$pid" != "$2" ] &&
        lab node "$1" kill -0 "$pid"
}

plan 8
"$here/prepare" >&2
start_lab
ok "the control plane comes up" cloud up
ok "the cluster may start nova-compute" role Started
ok "it does" lab wait settled
ok "Nova sees the computes" cloud wait cmp1 cmp2 cmp3
old=$(pid_of cmp1)
lab node cmp1 kill -KILL -- "-$old"
ok "the cluster restarts one that dies" wait_for 30 is_new cmp1 "$old"
t0=$(lab fault hang cmp2)
ok "a host is fenced" lab wait fenced cmp2 "$t0"
lab power cmp2 on
ok "when it is back the cluster starts nova-compute" \
    wait_for 60 is_new cmp2 none
ok "and Nova sees it" cloud wait cmp2
