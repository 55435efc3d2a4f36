#!/bin/bash
# ocf:vmha:watch with the real daemon, on libvirt's test driver (a host within
# each process) and a stand-in for attrd_updater and crm_attribute.
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

export TEST_RUNDIR=$tmp/run TEST_LIBEXECDIR=$tmp/libexec
export OCF_RESOURCE_INSTANCE=watch:0 OCF_RESKEY_uri=test:///default
dir=$TEST_RUNDIR/watch:0

# What is written into the cluster, a line each; the file "refuse" makes it fail.
mkdir "$tmp/bin"
cat >"$tmp/bin/attrd_updater" <<EOF
#!/bin/bash
[ "\$1" != --query ] || exit 105 # nobody asks
echo "\$*" >>$tmp/writes
[ ! -e $tmp/refuse ] || exit 102
EOF
chmod 755 "$tmp/bin/attrd_updater"
ln -s attrd_updater "$tmp/bin/crm_attribute"
# The daemon, whose workers hang while there is the file "hang".
mkdir "$tmp/libexec"
cat >"$tmp/libexec/vmha-watchd" <<EOF
#!/bin/bash
[[ "\$*" != *--ask=* ]] || [ ! -e $tmp/hang ] || exec -a "\$0" sleep 1000
exec -a "\$0" $built/tools/watchd/vmha-watchd "\$@"
EOF
chmod 755 "$tmp/libexec/vmha-watchd"
PATH=$tmp/bin:$PATH

# agent ACTION [NAME=VALUE]...: runs it; code, err.
agent()
{
    local action=$1
    shift
    env "$@" "$built/tests/agents/watch" "$action" >"$tmp/out" 2>"$tmp/err"
    code=$?
    err=$(cat "$tmp/err")
}

# runs NAME CODE ACTION [NAME=VALUE]...
runs()
{
    local name=$1 want=$2
    shift 2
    agent "$@"
    is "$name" "$code${err:+ $err}" "$want"
}

# monitors CODE [NAME=VALUE]...: so far.
monitors() { agent monitor "${@:2}" && [ "$code" = "$1" ]; }

pid_of() { read -r pid <"$dir/pid" && echo "$pid"; }
has_ended() { [ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; }
worker_of() { pgrep -P "$1" vmha-watchd; }
has_worker() { [ -n "$(worker_of "$1")" ]; }
has_written() { grep -q -e "$1" "$tmp/writes"; }
cleanup() { agent stop; }

runs "a probe needs no configuration" 7 monitor OCF_RESKEY_probe_timeout=never
runs "stop of what does not run succeeds" 0 stop
runs "a parameter out of range is a configuration error" \
    "6 ocf-exit-reason:guest_agent_misses: 0 is not between 1 and 1000" \
    start OCF_RESKEY_guest_agent_misses=0
runs "so are two that contradict" \
    "6 ocf-exit-reason:guest_agent_timeout is not shorter than\
 guest_agent_interval" validate-all OCF_RESKEY_guest_agent_timeout=10s
printf '[process a]\nexe=/a\ntries=0\n\ninterval=soon\n' >"$tmp/list"
runs "a wrong file of processes is one that names file, line and value" \
    "6 ocf-exit-reason:$tmp/list: line 5: interval: 'soon' is no duration such as\
 30s or 5min" start OCF_RESKEY_processes="$tmp/list"
runs "so is one that is not there" \
    "6 ocf-exit-reason:$tmp/none: No such file or directory" \
    validate-all OCF_RESKEY_processes="$tmp/none"
runs "validate-all" 0 validate-all

rm -f "$tmp/writes"
t0=$(now_ms)
runs "start" 0 start
ok "start takes no time of its own" test $(($(now_ms) - t0)) -lt 2000
runs "monitor" 0 monitor
pid=$(pid_of)
is "the directory is private" "$(stat -c %a "$dir")" 700
is "it holds nothing of the agent" \
    "$(find "/proc/$pid/fd" -lname "$tmp/*" ! -lname "$dir/pid" \
        ! -lname "$dir/errors" | wc -l)" 0
within "the report is written: all is well" 5000 \
    has_written '--name=vmha-faults --update=v1;[0-9]*;0;ok$'
is "the list before it, and private" "$(head -n 1 "$tmp/writes" |
    sed 's/;[0-9]*;/;SEQ;/')" "--name=vmha-fault-list --update=v1;SEQ; --private"
within "a worker runs beside it" 5000 has_worker "$pid"
worker=$(worker_of "$pid")
kill -KILL "$worker"
within "it is replaced when it dies" 5000 has_worker "$pid"
runs "which is no matter of the monitor" 0 monitor
runs "libvirt answers a monitor that asks for it" 0 monitor OCF_CHECK_LEVEL=10
runs "start again is a success" 0 start
is "and starts no second one" "$(pid_of)" "$pid"

# A libvirt that hangs: no worker gets an answer any more.
told_silence()
{
    agent monitor OCF_CHECK_LEVEL=10
    [ "$code" = 190 ] && [[ $err = *"libvirt has not answered for "* ]]
}
touch "$tmp/hang"
kill -STOP "$(worker_of "$pid")"
t0=$(now_ms)
within "a libvirt that does not answer is told" 5000 told_silence
ok "within the monitor's time" test $(($(now_ms) - t0)) -lt 18000
rm "$tmp/hang"
within "it is well again" 20000 monitors 0 OCF_CHECK_LEVEL=10

runs "reload" 0 reload-agent OCF_RESKEY_guest_agents='*'
has "the daemon's file is new" "$(cat "$dir/conf")" "guest_agents=*"
within "it is well again" 5000 monitors 0
is "the same daemon" "$(pid_of)" "$pid"

# It must end while its worker hangs, and itself does.
within "with a new worker" 5000 has_worker "$pid"
worker=$(worker_of "$pid")
kill -STOP "$worker" "$pid"
t0=$(now_ms)
runs "stop kills what does not end" \
    "0 vmha-watchd does not end by SIGTERM, killing it" stop
ok "within five seconds" test $(($(now_ms) - t0)) -lt 5000
ok "the daemon is gone" has_ended "$pid"
within "its worker, too" 2000 has_ended "$worker"
runs "monitor after stop" 7 monitor
within "the report is taken back" 2000 \
    has_written '^--name=vmha-faults --delete$'

t0=$(now_ms)
runs "a libvirt that is not there does not fail the start" 0 \
    start OCF_RESKEY_uri=test:///no/such/file
ok "nor delays it" test $(($(now_ms) - t0)) -lt 5000
agent monitor
has "the monitor says so" "$code $err" \
    "190 ocf-exit-reason:libvirt cannot be reached: libvirt: connecting:"
runs "stop" 0 stop

# What VMs need of the host: no need for libvirt.
sed -i s/soon/100ms/ "$tmp/list"
runs "start with a process that does not run" 0 \
    start OCF_RESKEY_uri=test:///no/such/file OCF_RESKEY_processes="$tmp/list"
within "the report has it" 5000 \
    has_written '--name=vmha-fault-list --update=v1;[0-9]*;proc:a:down@[0-9]* '
within "the monitor says so" 5000 monitors 190
has "with its name" "$err" "process a does not run"
runs "stop" 0 stop

touch "$tmp/refuse"
runs "a cluster that takes no report does not fail the start" 0 start
within "the monitor says so" 5000 monitors 190
has "with its reason" "$err" \
    "the cluster does not take the report (attrd_updater: 102)"
rm "$tmp/refuse"
within "it is tried until it does" 8000 monitors 0

out=$("$built/tools/watchd/vmha-watchd" --help)
has "the daemon shows its arguments" "$? $out" "--rundir"
is "and its version" \
    "$("$built/tools/watchd/vmha-watchd" --version | cut -d ' ' -f 1)" vmha-watchd
"$built/tools/watchd/vmha-watchd" 2>/dev/null
is "without arguments it refuses" $? 64
