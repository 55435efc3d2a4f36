#!/bin/bash
# vmha-watchd with real processes and mounts, in namespaces of their own: processes
# that die, loop, hang, or cannot be restarted; mounts that go; the daemon killed.
# shellcheck source-path=SCRIPTDIR source=../agents/functions.sh
[ -n "${IN_NAMESPACE:-}" ] ||
    IN_NAMESPACE=1 exec unshare --mount --pid --fork --mount-proc \
        --propagation private "$0" "$@"
top_builddir=${VMHA_BUILD:-out/build}
. "$(dirname "$0")/../agents/functions.sh"

export TEST_RUNDIR=$tmp/run OCF_RESOURCE_INSTANCE=watch
dir=$TEST_RUNDIR/watch
list=$tmp/processes.conf
mkdir -p "$dir" "$tmp/bin" "$tmp/mnt"
chmod 755 "$tmp"
: >"$tmp/starts"

# What is written into the cluster, a line each.
cat >"$tmp/bin/attrd_updater" <<END
#!/bin/bash
[ "\$1" != --query ] || exit 105 # nobody asks
echo "\$*" >>$tmp/writes
END
# launch NAME: notes when, and runs a process of that name.
cat >"$tmp/launch" <<END
#!/bin/bash
echo "\$1 \$EPOCHREALTIME" >>$tmp/starts
[ ! -e $tmp/\$1.slow ] || sleep 1
[ ! -e $tmp/\$1.broken ] || exit 7
setsid $tmp/d-\$1 100000 </dev/null >/dev/null 2>&1 &
echo \$! >$tmp/\$1.pid
END
# wild: forks until it is ended.
cat >"$tmp/wild" <<END
#!/bin/bash
echo "wild \$EPOCHREALTIME" >>$tmp/starts
for ((i = 0; i < 40; i++)); do $tmp/d-wild-child 100000 & done
wait
END
chmod 755 "$tmp"/bin/* "$tmp/launch" "$tmp/wild"
ln -s attrd_updater "$tmp/bin/crm_attribute"
cp "$(command -v sleep)" "$tmp/d-wild-child"
# systemctl: a manager of one unit, whose main process is that of "launch unit"
cat >"$tmp/bin/systemctl" <<END
#!/bin/bash
case "\$*" in
"show --property=MainPID --value unit.service")
    read -r pid <$tmp/unit.pid && kill -0 "\$pid" && echo "\$pid" || echo 0 ;;
"restart unit.service") $tmp/launch unit ;;
*) exit 64 ;;
esac
END
chmod 755 "$tmp/bin/systemctl"
PATH=$tmp/bin:$PATH

# program NAME...: what "launch NAME" runs
program() { for p; do cp "$(command -v sleep)" "$tmp/d-$p"; done; }

# a section for NAME with more lines
process()
{
    printf '[process %s]\nexe=%s\nrestart=%s %s\n' "$1" "$tmp/d-$1" \
        "$tmp/launch" "$1"
    shift
    printf '%s\n' "$@"
}

watchd=
start() # runs the daemon on the list
{
    printf 'processes=%s\nuri=%s\n' "$list" "${uri:-test:///default}" >"$dir/conf"
    : >"$tmp/log"
    "$built/tools/watchd/vmha-watchd" --instance=watch --rundir="$dir" --stderr \
        2>>"$tmp/log" &
    watchd=$!
    within "it listens" 5000 test -S "$dir/control"
}
stop() { kill "-${1:-TERM}" "$watchd" && wait "$watchd" 2>/dev/null; }
fresh() { stop; rm -f "$dir/processes" "$tmp/writes" "$tmp"/*.pid; : >"$tmp/starts"; }
cleanup() { [ -z "$watchd" ] || kill "$watchd"; }

monitor() { "$built/tests/agents/watch" monitor 2>&1; echo "$?"; }
monitors() { monitor | grep -q -- "$1"; }
reports() { tail -n 1 "$tmp/writes" | grep -q -- "$1" ||
    tail -n 2 "$tmp/writes" | head -n 1 | grep -q -- "$1"; }
starts() { grep -c "^$1 " "$tmp/starts" || :; }
has_starts() { [ "$(starts "$1")" = "$2" ]; }
runs() { pgrep -x "d-$1" >/dev/null; }
is_gone() { ! pgrep -x "$1" >/dev/null; }
logged() { grep -q -- "$1" "$tmp/log"; }
alive() { kill -0 "$watchd"; }
us() { echo "${EPOCHREALTIME/./}"; }

# latency NAME FROM_US: of its last start
latency()
{
    local at
    at=$(grep "^$1 " "$tmp/starts" | tail -n 1 | cut -d ' ' -f 2)
    echo $((${at/./} - $2))
}

# kill_and_measure NAME: its restart must run within 0.1 s.  Other tests may run
# beside this one, so it has three chances, each after the spacing of tries.
kill_and_measure()
{
    local before t0 took chance
    for chance in 1 2 3; do
        before=$(starts "$1")
        t0=$(us)
        pkill -KILL -x "d-$1"
        within "$1 is restarted" 5000 has_starts "$1" $((before + 1))
        took=$(latency "$1" "$t0")
        echo "# $1: death to restart command running: $took us"
        within "$1 runs" 2000 runs "$1"
        [ "$took" -ge 100000 ] && [ $chance -lt 3 ] || break
        read -rt 0.3 <> <(:) || :
    done
    ok "within 0.1 s" test "$took" -lt 100000
}

# --- death, crash loop, back again -------------------------------------------
program a loop
process a interval=200ms tries=20 >"$list"
process loop tries=2 interval=300ms stable=500ms >>"$list"
touch "$tmp/loop.broken"
start
within "a process that does not run is started" 5000 runs a
is "once" "$(starts a)" 1
within "one that does not come up is reported" 5000 reports 'proc:loop:down@'
is "after its tries" "$(starts loop)" 2
within "in the CIB, too" 3000 reports 'v1;[0-9]*;1;proc:down'
within "the monitor is degraded, with the reason" 5000 monitors \
    'process loop does not run'
is "and says so by its code" "$(monitor | tail -n 1)" 190
within "what went wrong is logged" 2000 logged "launch loop': exit status 7"
kill_and_measure a
is "the other one was left alone" "$(starts loop)" 2
rm "$tmp/loop.broken"
"$tmp/launch" loop
within "it is well when it is back and stays" 5000 monitors '^0$'
within "the report, too" 5000 reports 'v1;[0-9]*;0;ok'

# A daemon that was killed: nothing is tried twice, nothing is forgotten.
touch "$tmp/a.slow"
had=$(starts a)
pkill -KILL -x d-a
within "a restart takes long" 5000 has_starts a $((had + 1))
within "it is noted" 2000 grep -q '^a;' "$dir/processes"
stop KILL
start
within "the next daemon waits for it" 5000 logged 'is being restarted already'
within "it is there" 5000 runs a
rm "$tmp/a.slow"
is "and was not restarted twice" "$(starts a)" $((had + 1))
touch "$tmp/loop.broken"
pkill -KILL -x d-loop
within "the other one fails again" 5000 monitors 'process loop does not run'
tried=$(starts loop)
stop KILL
rm "$tmp/writes"
start
within "the next daemon knows" 5000 reports 'proc:loop:down@'
is "and tries nothing" "$(starts loop)" "$tried"
rm "$tmp/loop.broken"

# Killed while it starts a command.  Notes that cannot be written yet (the FIFO has
# no reader) hold the command back, so what runs is always known to the next daemon.
touch "$tmp/a.slow"
had=$(starts a)
mkfifo "$dir/processes.new"
pkill -KILL -x d-a
is_held() { grep -qE "wait_for_partner|fifo_open" "/proc/$watchd/wchan"; }
within "it waits to write its notes" 5000 is_held
is "and has run nothing" "$(starts a)" "$had"
stop KILL
rm "$dir/processes.new"
start
within "the next daemon restarts it" 5000 runs a
is "once" "$(starts a)" $((had + 1))
rm "$tmp/a.slow"
# The same a moment later: the note is written, whether the command runs is not known.
stop KILL
had=$(starts a)
pkill -KILL -x d-a
sed -i "s/^exe=.*d-a$/&\ntimeout=2s/" "$list"
echo 'a;tries=0;-1;0' >"$dir/processes"
started=$(us)
start
within "a restart that may run is not run again" 5000 logged "a' may be restarted already"
within "before its time is over" 5000 has_starts a $((had + 1))
ok "which is the command's" test $(($(latency a "$started"))) -ge 2000000
within "and it is there" 5000 runs a

# --- commands that go wrong ---------------------------------------------------
fresh
program missing late wild
{
    process late timeout=300ms tries=1 interval=100ms
    printf '[process wild]\nexe=%s\nrestart=%s\ntries=1\ntimeout=500ms\n' \
        "$tmp/d-wild" "$tmp/wild"
    printf '[process missing]\nexe=%s\nrestart=%s\ntries=1\n' \
        "$tmp/d-missing" /no/such/program
    printf '[process quiet]\nexe=%s\ntries=0\ninterval=100ms\non_failure=report\n' \
        "$tmp/d-quiet"
    printf '[process who]\nexe=%s\nuser=nobody\ntries=1\nshell=true\n' "$tmp/d-who"
    printf 'restart=id -un; env | sort; printf "%%0999999d" 0; exit 3\n'
} >"$list"
touch "$tmp/late.slow"
start
within "a missing program fails" 5000 reports 'proc:missing:down@'
has "and is named" "$(cat "$tmp/log")" \
    "'/no/such/program' cannot be run: No such file or directory"
within "a command that hangs is killed" 5000 reports 'proc:late:down@'
within "one that forks, with all that it has forked" 5000 \
    reports 'proc:wild:down@'
is "nothing is left of it" "$(pgrep -c -x d-wild-child)" 0
within "a command has its user" 5000 logged "process='who' says: nobody"
within "and a clean environment" 5000 logged "process='who' says: HOME="
is "of a few variables" "$(sed -n "s/.*'who' says: \([A-Z_]*\)=.*/\1/p" "$tmp/log" |
    grep -vx -e PWD -e SHLVL -e _ | paste -sd ' ')" "HOME LANG PATH USER"
ok "its output is bounded" test "$(wc -c <"$tmp/log")" -lt 20000
ok "what only is to be reported is not in the report" \
    test "$(grep -c quiet "$tmp/writes")" = 0
within "but logged" 2000 logged "process='quiet' has failed"

# --- a unit of systemd's -------------------------------------------------------
fresh
program unit
printf '[process unit]\nunit=unit.service\ninterval=200ms\ntries=20\n' >"$list"
"$tmp/launch" unit
: >"$tmp/starts"
start
within "a unit that runs is found" 5000 monitors '^0$'
is "and left alone" "$(starts unit)" 0
kill_and_measure unit

# The same of a real systemd: a manager of root's own units, in this namespace.
fresh
export XDG_RUNTIME_DIR=$tmp/user SYSTEMD_LOG_TARGET=null
mkdir -p "$tmp/user" "$tmp/home/.config/systemd/user" "$tmp/run-root/systemd/system"
chmod 700 "$tmp/user"
mount --bind "$tmp/run-root" /run # it wants to see a host that runs systemd
printf '[Service]\nExecStart=%s 100000\n' "$tmp/d-unit" \
    >"$tmp/home/.config/systemd/user/unit.service"
HOME=$tmp/home /lib/systemd/systemd --user --unit=unit.service >/dev/null 2>&1 &
manager=$!
mv "$tmp/bin/systemctl" "$tmp/systemctl.stand-in"
printf '#!/bin/sh\nXDG_RUNTIME_DIR=%s exec %s --user "$@"\n' "$tmp/user" \
    "$(command -v systemctl)" >"$tmp/bin/systemctl"
chmod 755 "$tmp/bin/systemctl"
main_pid() { systemctl show --property=MainPID --value unit.service; }
has_main() { [ "$(main_pid)" -gt 0 ]; }
within "systemd runs a unit" 10000 has_main
main=$(main_pid)
start
within "which is found" 5000 monitors '^0$'
is "and left alone" "$(main_pid)" "$main"
kill -KILL "$main"
has_another() { has_main && [ "$(main_pid)" != "$main" ]; }
within "it is restarted when its main process is killed" 5000 has_another
within "and is well" 5000 monitors '^0$'
systemctl stop unit.service
within "one that was stopped, too" 5000 has_main
stop
watchd=
kill "$manager" && wait "$manager" 2>/dev/null
umount /run
mv "$tmp/systemctl.stand-in" "$tmp/bin/systemctl"
start

# --- a process that hangs -----------------------------------------------------
fresh
program hung
process hung health="test -e $tmp/hung.ok" health_interval=100ms health_misses=2 \
    tries=1 interval=100ms stable=500ms >"$list"
touch "$tmp/hung.ok"
"$tmp/launch" hung
: >"$tmp/starts"
start
ok "while it is well nothing happens" test ! -s "$tmp/starts"
rm "$tmp/hung.ok"
within "a failing health command restarts it" 5000 has_starts hung 1
within "one that goes on to fail is reported" 5000 reports 'proc:hung:hang@'
within "the monitor says so" 2000 monitors 'process hung hangs'
touch "$tmp/hung.ok"
within "it recovers" 5000 reports 'v1;[0-9]*;0;ok'
sed -i "s|^health=.*|health=sleep 1000|; s|^tries=.*|tries=0|" "$list"
echo health_timeout=100ms >>"$list"
stop
start
within "a health command that hangs is a hang" 5000 reports 'proc:hung:hang@'
within "and is ended" 2000 is_gone sleep

# --- mounts -------------------------------------------------------------------
fresh
cat >"$list" <<END
[mount $tmp/mnt]
type=tmpfs
writable=true
interval=200ms
grace=100ms
stable=300ms
END
mount -t tmpfs none "$tmp/mnt"
start
within "a mount that is there is no fault" 5000 monitors '^0$'
umount "$tmp/mnt"
within "one that is gone is" 3000 reports "mount:$tmp/mnt:down@"
within "the monitor says so" 2000 monitors "mount $tmp/mnt is not mounted"
mount -t tmpfs none "$tmp/mnt"
within "it is well again" 5000 reports 'v1;[0-9]*;0;ok'
mount -o remount,ro "$tmp/mnt"
within "read-only is wrong" 5000 reports "mount:$tmp/mnt:wrong@"
mount -o remount,rw "$tmp/mnt"
within "and is well again" 5000 reports 'v1;[0-9]*;0;ok'
mount -t ramfs none "$tmp/mnt"
within "another type is wrong" 5000 reports "mount:$tmp/mnt:wrong@"
umount "$tmp/mnt"
within "and is well again" 5000 reports 'v1;[0-9]*;0;ok'
is "no probe leaves a file" "$(find "$tmp/mnt" -name '.vmha*' | wc -l)" 0

# One that hangs: a file system whose server never answers.
fresh
umount "$tmp/mnt"
exec 9<>/dev/fuse
mount -i -t fuse -o fd=9,rootmode=40000,user_id=0,group_id=0 none "$tmp/mnt"
sed -i 's/^type=.*/timeout=300ms/' "$list"
start 9>&-
within "a mount that hangs is told" 5000 reports "mount:$tmp/mnt:hang@"
within "by the monitor, too" 2000 monitors "mount $tmp/mnt does not answer"
ok "no more than one asks it" test "$(pgrep -c -f '[-]-probe=')" -le 1
umount -l "$tmp/mnt"
exec 9>&-
mount -t tmpfs none "$tmp/mnt"
within "it is well when it is replaced" 5000 reports 'v1;[0-9]*;0;ok'

# --- another list while it watches --------------------------------------------
fresh
program keep bad added
entries() # RESTART-OF-BAD [MORE]...
{
    process keep interval=200ms tries=20
    process bad interval=100ms tries=1 stable=300ms | sed "s|^restart=.*|restart=$1|"
    shift
    printf '[mount %s]\ntype=xfs\ngrace=100ms\n' "$tmp/mnt"
    "$@"
}
reloaded() { [ "$(grep -c "$1" "$tmp/log")" -ge "$2" ]; }
hup() # TIMES in all that a list was read
{
    kill -HUP "$watchd"
    within "the list is read again" 5000 reloaded "processes was read again" "$1"
}
"$tmp/launch" keep
: >"$tmp/starts"
entries /bin/false : >"$list"
start
within "a process and a mount have failed" 5000 reports 'mount:.*proc:bad:down@'
writes=$(wc -l <"$tmp/writes")
touch "$tmp/keep.slow"
pkill -KILL -x d-keep
within "another is being restarted" 5000 has_starts keep 1
entries /bin/false process added >"$list"
hup 1
within "one that is new is started" 5000 runs added
within "the restart goes on" 5000 runs keep
is "and is the only one" "$(starts keep)" 1
is "the daemon's own" "$(grep -c 'is being restarted already' "$tmp/log")" 0
is "no fault was taken back, or told anew" "$(wc -l <"$tmp/writes")" "$writes"
rm "$tmp/keep.slow"
entries "$tmp/launch bad" : >"$list"
hup 2
within "one whose section has changed is tried anew" 5000 runs bad
within "and is well" 5000 monitors "mount $tmp/mnt is not as"
pkill -KILL -x d-added
is "one that has gone is left alone" "$(starts added)" 1
umount "$tmp/mnt"
printf '[process keep]\nexe=d-keep\n' >"$list"
kill -HUP "$watchd"
within "a list that is wrong" 5000 reloaded "the old list of processes is kept: $list" 1
entries /bin/true : | sed "/mount/,\$d" >"$list.good"
kill_and_measure keep
within "the monitor says so" 5000 monitors \
    "the old list of processes is kept: $list: line 1: process 'keep': exe"
mv "$list.good" "$list"
hup 3
within "until it is right" 5000 monitors '^0$'
echo nonsense >"$list"
is "it does not fail a reload by the agent" "$(OCF_RESKEY_processes=$list \
    "$built/tests/agents/watch" reload-agent 2>&1; echo $?)" 0
within "but is told" 5000 monitors "is kept: $list: line 1: 'nonsense': no '='"

# --- many, and a libvirt that is not there ------------------------------------
fresh
umount "$tmp/mnt"
for ((i = 0; i < 200; i++)); do
    ln "$tmp/d-a" "$tmp/d-n$i" 2>/dev/null || program "n$i"
    process "n$i" "pidfile=$tmp/n$i.pid" interval=200ms tries=20
done >"$list"
all_run() { [ "$(pgrep -c '^d-n[0-9]')" = 200 ]; }
uri=test:///no/such/file start
within "200 processes are started" 60000 all_run
is "each once" "$(wc -l <"$tmp/starts")" 200
within "the monitor tells of libvirt alone" 5000 monitors 'libvirt cannot be'
kill_and_measure n77
had=$(wc -l <"$tmp/starts")
t0=$(us)
pkill -KILL '^d-n[0-9]'
all_back() { [ "$(wc -l <"$tmp/starts")" = $((had + 200)) ] && all_run; }
within "all 200 at once come back" 60000 all_back
echo "# 200 at once: first $(($(sed -n $((had + 1))p "$tmp/starts" | cut -d ' ' -f 2 |
    tr -d .) - t0)) us, last $(($(tail -n 1 "$tmp/starts" | cut -d ' ' -f 2 |
    tr -d .) - t0)) us"
stop
start
within "the next daemon finds them" 10000 monitors '^0$'
is "and restarts none" "$(wc -l <"$tmp/starts")" $((had + 200))
switches() { awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/$watchd/status"; }
read -rt 1 <> <(:) || :
before=$(switches)
read -rt 3 <> <(:) || :
wakes=$(($(switches) - before))
echo "# wake-ups in 3 s with 200 processes: $wakes"
ok "while nothing happens, nothing wakes it" test $wakes -le 1
ok "it still runs" alive
