# shellcheck shell=bash
# Names, places and process helpers of the test cloud; sourced by its programs.
#
# A cloud lives in a lab's root namespaces, or in those that `cloud alone` makes,
# so addresses, ports and paths are the same everywhere and never the machine's.
# CLOUD_VAR is private to the control plane; CLOUD_SHARED is seen by every
# compute node, too (the lab binds it), and outlives the node's power.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
CLOUD_ADDR=10.77.0.254
CLOUD_COMPUTES=${CLOUD_COMPUTES:-cmp1 cmp2 cmp3}
CLOUD_VAR=/run/cloud
CLOUD_CACHE=${CLOUD_CACHE:-$top/out/cloud}
CLOUD_SECRET=secret # of every user: nothing outside the namespaces sees it
CLOUD_SHARED=/run/lab/shared
etc=$CLOUD_SHARED/cloud/etc     # configuration; nodes read nova's
log=$CLOUD_SHARED/cloud/log     # one file a process
knobs=$CLOUD_SHARED/cloud/knobs # HOST/NAME: what the fake hypervisor does wrong
guests=$CLOUD_SHARED/cloud/guests
ledger=$CLOUD_SHARED/ledger
requests=$CLOUD_SHARED/requests # every compute API request: python/requestlog.py
at_boot=$CLOUD_SHARED/cloud/at-boot # exists: hosts start nova-compute at boot
nodes=/run/lab/nodes            # a lab's, absent in `cloud alone`
hooks=/run/lab/hooks/power
pids=$CLOUD_VAR/pid
data=$CLOUD_VAR/data
socket=$CLOUD_VAR/mysql.sock
keystone=http://$CLOUD_ADDR:5000/v3
placement=http://$CLOUD_ADDR:8778
glance=http://$CLOUD_ADDR:9292
nova=http://$CLOUD_ADDR:8774/v2.1
neutron=http://$CLOUD_ADDR:9696
python=/usr/bin/python3 # the packages are Debian's: never another python

export PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
export PYTHONDONTWRITEBYTECODE=1
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV

die() {
    echo "cloud: $*" >&2
    exit 1
}

# until SECONDS CMD...: polls CMD; 1 when it never succeeded.
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.1
    done
}

alive() { [ -s "$pids/$1" ] && kill -0 "$(cat "$pids/$1")" 2>/dev/null; }

# start NAME CMD...: a session of its own with a pid file and a log; no-op when
# it runs.
start() {
    local name=$1
    shift
    alive "$name" && return 0
    setsid "$@" >>"$log/$name.log" 2>&1 </dev/null &
    echo $! >"$pids/$name"
    disown $!
}

group_gone() { ! kill -0 -- "-$1"; }

# stop NAME [SIGNAL]: ends the whole session; SIGKILL after 10 s.
stop() {
    local pid
    [ -s "$pids/$1" ] || return 0
    pid=$(cat "$pids/$1")
    kill -"${2:-TERM}" -- "-$pid" 2>/dev/null || true
    until_true 10 group_gone "$pid" || kill -KILL -- "-$pid" 2>/dev/null || true
    until_true 5 group_gone "$pid" || die "$1 ($pid) does not end"
    rm -f "$pids/$1"
}

kill_all() {
    local file
    for file in "$pids"/*; do
        [ ! -e "$file" ] || stop "${file##*/}" KILL
    done
}

sql() { mariadb --no-defaults -S "$socket" -u root -BN "$@"; }

answers() { curl -s -o /dev/null -m 5 "$1"; }
