# shellcheck shell=bash
# What a test with guests sources: TAP, and a compute host of its own: process,
# mount and network namespaces with a real libvirtd, QEMU (TCG), tiny guests and
# ocf:vmha:watch.  A stand-in for attrd_updater and crm_attribute notes what is
# written.
#
#   . "$(dirname "$0")/functions.sh"
#   start_host
#   watch start
#   define 1
#   boots vm1
#   kill -KILL "$(pid_of vm1)"
#   sees "it is told" 3000 vm1:crash

GUESTS_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$GUESTS_DIR/../.." && pwd)
BUILD=${VMHA_BUILD:-$TOP/out/build}

# The test runs itself again, as process 1 of the host.
if [ -z "${GUESTS_INSIDE:-}" ]; then
    [ "$(id -u)" = 0 ] || {
        echo "Bail out! guests need root"
        exit 1
    }
    guest=$("$GUESTS_DIR/prepare") || exit 1
    export GUESTS_INSIDE=$guest
    exec unshare --mount --pid --net --uts --ipc --fork --kill-child \
        --mount-proc --propagation private "$0" "$@"
fi

# shellcheck source-path=SCRIPTDIR source=../agents/functions.sh
. "$GUESTS_DIR/../agents/functions.sh"
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
trap 'keep_logs; finish' EXIT

keep_logs()
{
    local dir
    dir=$TOP/out/logs/guests-$(basename "$0" .t)
    [ $failures != 0 ] || return 0
    rm -rf "$dir"
    mkdir -p "$dir"
    rm -f "$work"/console/*.pipe.*
    cp -r "$work"/. "$dir/" 2>/dev/null
    echo "# logs are in $dir"
}

# --- the host -----------------------------------------------------------------

make_devices()
{
    local name
    mkdir /run/dev
    mount -t tmpfs -o mode=755 dev /run/dev
    mkdir /run/dev/pts /run/dev/shm
    for name in null:3 zero:5 full:7 random:8 urandom:9; do
        mknod -m 666 "/run/dev/${name%:*}" c 1 "${name#*:}"
    done
    mknod -m 666 /run/dev/tty c 5 0
    ln -s /proc/self/fd /run/dev/fd
    ln -s pts/ptmx /run/dev/ptmx
    mount -t devpts -o newinstance,ptmxmode=666,mode=620 pts /run/dev/pts
    mount --move /run/dev /dev
}

# All that libvirt and we write is on one tmpfs, which ends with us.
start_host()
{
    local dir
    work=/run/work
    ip link set lo up
    mount -t tmpfs -o mode=755 host /run
    make_devices
    mkdir -p $work/console /run/libexec /run/libexec.work /run/etc-libvirt
    for dir in /var/lib/libvirt /var/log/libvirt /var/cache/libvirt; do
        mkdir -p "/run$dir"
        mount --bind "/run$dir" "$dir"
    done
    mkdir -p /var/lib/libvirt/qemu /var/log/libvirt/qemu
    cp "$GUESTS_DIR"/libvirt/* /run/etc-libvirt/
    mount --bind /run/etc-libvirt /etc/libvirt
    cp -r "$BUILD/stage/usr/libexec/vmha" /run/libexec/
    mount -t overlay host-libexec /usr/libexec \
        -o lowerdir=/run/libexec:/usr/libexec
    busybox syslogd -O $work/syslog
    mkdir $work/bin
    cat >$work/bin/attrd_updater <<'EOF'
#!/bin/bash
if [ "$1" = --query ]; then
    cat /run/work/question 2>/dev/null || exit 105
else
    echo "$(date +%s%3N) $*" >>/run/work/writes
fi
EOF
    chmod 755 $work/bin/attrd_updater
    ln -s attrd_updater $work/bin/crm_attribute
    : >$work/writes
    start_libvirtd
}

start_libvirtd()
{
    setsid libvirtd >>$work/libvirtd.out 2>&1 &
    libvirtd=$!
    until virsh version >/dev/null 2>&1; do
        [ -d /proc/$libvirtd ] || {
            echo "Bail out! libvirtd does not start: $(tail -n 3 $work/libvirtd.out)"
            exit 1
        }
        pause 0.05
    done
}

pause() { read -rt "$1" <> <(:) || :; }

# --- guests -------------------------------------------------------------------

uuid_of() { printf '%08d-0000-4000-8000-000000000000' "${1#vm}"; }

# define N [XML of more devices]: the domain vmN, as Nova would define it.
define()
{
    local name=vm$1
    mkfifo "$work/console/$name.pipe.in" "$work/console/$name.pipe.out"
    cat >$work/domain.xml <<EOF
<domain type='qemu'>
  <name>$name</name>
  <uuid>$(uuid_of "$1")</uuid>
  <metadata>
    <nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'>
      <nova:name>$name</nova:name>
      <nova:flavor name='${FLAVOR:-m1.tiny}'/>
    </nova:instance>
  </metadata>
  <memory unit='MiB'>${MEMORY:-96}</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>$GUESTS_INSIDE/vmlinuz</kernel>
    <initrd>$GUESTS_INSIDE/initrd</initrd>
    <cmdline>console=ttyS0 quiet panic=0</cmdline>
  </os>
  <features><acpi/><tcg><tb-cache unit='MiB'>32</tb-cache></tcg></features>
  <cpu mode='custom'><model>qemu64</model></cpu>
  <on_crash>${ON_CRASH:-destroy}</on_crash>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <serial type='pipe'><source path='$work/console/$name.pipe'/>
      <log file='$work/console/$name'/></serial>
    ${2:-}
  </devices>
</domain>
EOF
    virsh define $work/domain.xml >/dev/null
}

pid_of() { cat "/run/libvirt/qemu/$1.pid"; }

is_up() { grep -q "guest is ready" "$work/console/$1"; }

start() # NAME...
{
    local name
    for name; do
        : >"$work/console/$name"
        virsh start "$name" >/dev/null
    done
}

# boots NAME...: they are started, and their shells listen.
boots()
{
    local name
    start "$@"
    for name; do within "$name boots" 60000 is_up "$name"; done
}

# guest NAME COMMAND: its shell gets it.
guest() { echo "$2" >"$work/console/$1.pipe.in"; }

# --- watch --------------------------------------------------------------------

# watch ACTION [NAME=VALUE]...: code, err.
watch()
{
    env PATH="$work/bin:$PATH" OCF_RESOURCE_INSTANCE=watch \
        OCF_RESKEY_debug=true "${@:2}" \
        "$BUILD/stage/usr/lib/ocf/resource.d/vmha/watch" "$1" \
        >/dev/null 2>$work/err
    code=$?
    err=$(cat $work/err)
}

watches() { watch monitor && [ "$code" = "$1" ]; } # CODE

# The last list that was written, without its time and number.
report()
{
    sed -n 's/.*--name=vmha-fault-list --update=v1;[0-9]*;\(.*\) --private$/\1/p' \
        $work/writes | tail -n 1 | sed 's/@[0-9]*//g'
}

# reports NAME:WHY...: nothing else is wrong.
reports()
{
    local want=() one
    for one; do want+=("vm:$(uuid_of "${one%:*}"):${one#*:}"); done
    [ "$(report)" = "$(IFS=, && echo "${want[*]}")" ]
}

# sees NAME MS NAME:WHY...: that is told in time.
sees()
{
    local name=$1 ms=$2
    shift 2
    within "$name" "$ms" reports "$@"
    reports "$@" || echo "# it tells '$(report)'"
}

# ask SEQ N...: does it have the guests vmN?  Its monitor looks for that.
ask()
{
    local vms=() n
    for n in "${@:2}"; do vms+=("$(uuid_of "$n")"); done
    echo "name=\"vmha-question\" host=\"cmp1\" value=\"v1;$1;$(IFS=, && echo "${vms[*]}")\"" >$work/question
    watch monitor
}

# answers SEQ N...: its newest answer is that it has just these.
answers()
{
    local vms=() n
    for n in "${@:2}"; do vms+=("$(uuid_of "$n")"); done
    [ "$(sed -n 's/.*--name=vmha-answer --update=\(.*\) --private$/\1/p' \
        $work/writes | tail -n 1)" = "v1;$1;$(IFS=, && echo "${vms[*]}")" ]
}

# Time (ms) of the last write of the public attribute.
told_at()
{
    awk '/--name=vmha-faults --update/ {t = $1} END {print t}' $work/writes
}
