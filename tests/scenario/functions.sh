# shellcheck shell=bash
# What a scenario of recovery sources: a lab with vmha in it, a cloud beside its
# nodes, and the judge.  VMHA_CLOUD names the cloud: sim (cloud-sim.sh, default)
# or openstack (cloud-openstack.sh), which have the same functions.
#
#   . "$(dirname "$0")/functions.sh"
#   plan 2
#   start_cluster
#   boot 50 cmp1
#   look before
#   lab fault hang cmp1
#   ok "its VMs are recovered" recovered cmp1
#   judge "hang"

SCENARIO_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$SCENARIO_DIR/../.." && pwd)
# shellcheck source-path=SCRIPTDIR source=../lab/functions.sh
. "$SCENARIO_DIR/../lab/functions.sh"

BUILD=${VMHA_BUILD:-$TOP/out/build}
# Fencing after a fault: the remote's monitor (3 s + 2 s), one transition
# that runs, and the devices.
# shellcheck disable=SC2034 # scenarios use it
FENCING_MS=9000
# Beside the lab's own state; the judge's evidence stays where a test failed.
WORK=$LAB_OUT/scenario/$LAB_NAME
rm -rf "$WORK"
mkdir -p "$WORK"
keep "$WORK"

end_scenario()
{
    local status=$?
    trap - EXIT
    set +e
    (
        (exit $status)
        finish
    )
    status=$?
    rm -rf "$WORK"
    rmdir "$LAB_OUT/scenario" 2>/dev/null
    exit $status
}
trap end_scenario EXIT

# shellcheck source-path=SCRIPTDIR source=cloud-sim.sh
. "$SCENARIO_DIR/cloud-${VMHA_CLOUD:=sim}.sh"

# The cluster runs ocf:test:nova-compute behind ocf:vmha:gate.
computes_are_gated()
{
    export LAB_STAGE_CMP=$TOP/tests/cloud/stage
    export LAB_RESOURCES=$SCENARIO_DIR/gated.xml
    export LAB_CONSTRAINTS=$SCENARIO_DIR/gated-constraints.xml
    LAB_RECONNECT=5s
}

# --- the cluster with vmha, and the cloud -----------------------------------

# The installed tree, and clouds.yaml as vmha wants it: root's alone, and on no
# compute host.
make_stage()
{
    local yaml=$WORK/stage-ctl/etc/vmha/clouds.yaml
    [ ! -d "$WORK/stage" ] || return 0
    [ -d "${LAB_STAGE:=$BUILD/stage}/usr" ] ||
        bail "$LAB_STAGE: nothing is installed there (build-aux/build)"
    cp -a "$LAB_STAGE" "$WORK/stage"
    mkdir -p "${yaml%/*}"
    (umask 077 && cloud_yaml >"$yaml")
    LAB_STAGE=$WORK/stage LAB_STAGE_CTL=$WORK/stage-ctl
}

# start_cluster [NAME=VALUE...]: parameters of the resource vmha.
start_cluster()
{
    make_stage
    # Hosts that are off are not tried all the time: the cluster can settle.
    : "${LAB_RECONNECT:=60s}"
    # and stay off, unless a scenario sets POWER_ON.  Some fail often, on purpose.
    LAB_RECOVERY="$CLOUD_PARAMETERS power_on=${POWER_ON:-never}"
    LAB_RECOVERY+=" quarantine_failures=0 $*"
    export LAB_STAGE LAB_STAGE_CTL LAB_RECONNECT LAB_RECOVERY
    start_lab
    [ -n "${CLOUD_IS_DOWN:-}" ] || start_cloud
}

# as_admin CMD...: a client of the cloud.
as_admin()
{
    lab exec env OS_AUTH_URL="$CLOUD_AUTH_URL" OS_USERNAME=admin \
        OS_PASSWORD=secret OS_PROJECT_NAME=admin OS_USER_DOMAIN_NAME=Default \
        OS_PROJECT_DOMAIN_NAME=Default "$@"
}

# client VERB...: tests/cloud/client.py, which asks as any client would.
client()
{
    as_admin "$TOP/tests/cloud/client.py" "$@"
}

# calls [SINCE_MS]: evacuate calls that have reached the cloud.
calls()
{
    lab exec cat "$CLOUD_LOGS/requests" | awk -v since="${1:-0}" \
        '$1 * 1000 >= since && / recv POST .*"evacuate"/ { n++ }
         END { print n + 0 }'
}

has_calls() # N [SINCE_MS]
{
    [ "$(calls "${2:-0}")" -ge "$1" ]
}

# --- vmha ---------------------------------------------------------------------

# journal NAME: the value of an entry, e.g. vmha-host-cmp1; empty: there is none.
journal()
{
    lab ctl cibadmin --query \
        --xpath "//cluster_property_set[@id='vmha-journal']/nvpair[@name='$1']" \
        2>/dev/null | sed -n 's/.* value="\([^"]*\)".*/\1/p'
}

# phase HOST: the letter of its journal entry.
phase()
{
    journal "vmha-host-$1" | cut -d ';' -f 2
}

is_phase() # HOST LETTER...
{
    [[ " ${*:2} " == *" $(phase "$1") "* ]]
}

# The journal says so, and the cloud, too.  Limit: WAIT seconds.
is_recovered()
{
    is_phase "$1" X && [ "$(vms_on "$1")" = "${2:-0}" ]
}

# recovered HOST [LEFT]: in time; LEFT VMs cannot be.
recovered()
{
    wait_for "${WAIT:-40}" is_recovered "$@"
}

# The node that runs the daemon.
recovery_node()
{
    lab ctl crm_resource --resource vmha --locate 2>/dev/null |
        sed -n 's/.*is running on: \([^ ]*\).*/\1/p'
}

# --- the judge ----------------------------------------------------------------

# look before|after: what the cloud says now.
look()
{
    mkdir -p "$WORK/case"
    [ "$1" = after ] || rm -rf "$WORK/case"/*
    as_admin "$TOP/tests/invariants/look" >"$WORK/case/$1.json" ||
        bail "the cloud cannot be read"
}

# judge NAME [OPTION...]: one test; the evidence is kept by that name.
judge()
{
    local dir file
    dir=$WORK/$(tr -c 'a-z0-9\n' - <<<"$1")
    look after
    for file in "$L/power.log" "$CLOUD_LOGS"/{requests,ledger}; do
        lab exec cat "$file" >"$WORK/case/${file##*/}"
    done
    lab ctl vmha status --output-as=json >"$WORK/case/status.json" ||
        diag "vmha status fails"
    rm -rf "$dir"
    cp -r "$WORK/case" "$dir"
    ok "$1: the judge finds nothing" "$TOP/tests/invariants/judge" "$dir" \
        "${@:2}"
}

# bring_back HOST...: an operator's return to service of recovered hosts.
bring_back()
{
    local host
    for host in "$@"; do
        lab ctl vmha host release "$host" >/dev/null ||
            bail "$host cannot be released"
        lab power "$host" on
        lab ctl crm_resource --cleanup --resource "$host" >/dev/null 2>&1 ||
            : # a member has no such resource
    done
    lab wait online "$@" || bail "$* did not come back"
    for host in "$@"; do
        cloud_takes_back "$host" || bail "the cloud does not take $host back"
        wait_for 30 is_phase "$host" "" || bail "$host has still an entry"
    done
    lab wait settled || bail "the cluster did not settle"
}

# other_ctl NODE: a controller that is neither that nor the DC, if there is one.
other_ctl()
{
    local dc
    dc=$(lab dc)
    printf '%s\n' ctl1 ctl2 ctl3 | grep -v -x -e "$1" -e "$dc" | head -n 1
}

# is_midway HOST: some of its VMs have moved, some have not.
is_midway()
{
    local left
    left=$(vms_on "$1")
    [ "$left" -gt 0 ] && [ "$left" -le $((${2:-40} * 3 / 4)) ]
}

# What the daemon says of itself: ready, degraded, or nothing.  VMs with problems
# have states, too; they come later.
health()
{
    lab ctl vmha status --output-as=json 2>/dev/null |
        grep -o '"state":"[a-z]*"' | head -n 1 | cut -d '"' -f 4
}

is_healthy()
{
    [ "$(health)" = ready ]
}

is_elsewhere() # NODE: the daemon runs, and not there
{
    local node
    node=$(recovery_node)
    [ -n "$node" ] && [ "$node" != "$1" ] &&
        lab node "$node" pidof vmha-recoveryd >/dev/null
}
