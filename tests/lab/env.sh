# Sourced by every script of the lab: names, addresses and knobs.
# shellcheck shell=bash disable=SC2034

# The lab's state, on a tmpfs that only the lab's mount namespace has.
L=/run/lab

# The network of the lab: nodes have eth0 on the cluster net and eth1 on the
# management net, where the BMCs and the cloud (the lab itself, .254) are.
CLUSTER_NET=10.77.0
MGMT_NET=10.77.1

CTL="ctl1 ctl2 ctl3"
CMP="cmp1 cmp2 cmp3"
NODES="$CTL $CMP"

PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH TZ=UTC LANG=C.UTF-8

# Inside a running lab the knobs are those it was started with.
# shellcheck source=/dev/null
[ ! -r "$L/knobs" ] || . "$L/knobs"

now_ms()
{
    date +%s%3N
}

# wait_for SECONDS CMD...: until the command succeeds.
wait_for()
{
    local deadline=$(($(now_ms) + $1 * 1000))
    shift
    until "$@"; do
        [ "$(now_ms)" -lt "$deadline" ] || return 1
        sleep 0.1
    done
}

die()
{
    echo "lab: $*" >&2
    exit 1
}

# Number of a node: it is in all of its addresses, and is its corosync nodeid.
node_number()
{
    case $1 in
    ctl[1-3]) echo "${1#ctl}" ;;
    cmp[1-3]) echo "1${1#cmp}" ;;
    *) die "no node is called '$1'" ;;
    esac
}

cluster_ip()
{
    echo "$CLUSTER_NET.$(node_number "$1")"
}

mgmt_ip()
{
    echo "$MGMT_NET.$(node_number "$1")"
}

bmc_ip()
{
    echo "$MGMT_NET.$((100 + $(node_number "$1")))"
}

# Nodes that run corosync: the controllers, and cmp3 where the knob says so.
members()
{
    echo "$CTL"
    [ "${LAB_CMP3:-remote}" = remote ] || echo cmp3
}

remotes()
{
    echo cmp1 cmp2
    [ "${LAB_CMP3:-remote}" != remote ] || echo cmp3
}

is_remote()
{
    [[ " $(remotes | xargs) " = *" $1 "* ]]
}

# Process id, as the lab sees it, of a node's pid 1; fails if it is not alive.
node_pid()
{
    local pid
    pid=$(cat "$L/nodes/$1/pid" 2>/dev/null) && [ -d "/proc/$pid" ] &&
        echo "$pid"
}

# Appends a line to the BMCs' own record: ms, node, what, who asked.
record()
{
    echo "$(now_ms) $1 $2 ${3:-lab}" >>"$L/power.log"
}
