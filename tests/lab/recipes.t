#!/bin/bash
# Each pcs and crm command of the manuals works as it is printed there: on a CIB
# in a file, with our agents and pcs installed for this process alone.  Needs
# root for that, the packages of the set lab, and a build.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
stage=${LAB_STAGE:-$top/out/build/stage}

if [ "${1:-}" != inside ]; then
    [ "$(id -u)" = 0 ] || { echo "Bail out! it needs root"; exit 1; }
    "$top/build-aux/unpack" pcs "${LAB_CACHE:=$top/out/cache}/pcs"
    export LAB_CACHE
    exec unshare --mount --propagation private "$0" inside
fi

# Layers of an overlay must not all lie on one file system.
work=$(mktemp -d)
trap 'umount -l /usr "$work"; rmdir "$work"' EXIT
mount -t tmpfs recipes "$work"
cp -a "$LAB_CACHE/pcs/usr" "$work/"
cp -a "$stage/usr" "$work/"
mount -t overlay usr -o "lowerdir=$work/usr:/usr" /usr
PATH=/usr/sbin:/usr/bin:/sbin:/bin

empty_cib() # [NODE]: more of its nodes
{
    cat <<END
<cib crm_feature_set="3.0.14" validate-with="pacemaker-3.9" admin_epoch="1"
     epoch="1" num_updates="0"><configuration><crm_config/>
<nodes><node id="1" uname="ctl1"/><node id="cmp2" uname="cmp2" type="remote"/>
<node id="cmp3" uname="cmp3" type="remote"/>
$1</nodes>
<resources/><constraints/></configuration><status/></cib>
END
}

# commands TOOL MANUAL: one a line, as a shell reads them.
commands()
{
    sed -n -e ':a; /^    .*\\$/ { N; s/\\\n */ /; ba }' -e "s/^    \($1 .*\)/\1/p" \
        "$top/man/$2.pod"
}

# "cluster node add-remote" hands the cluster's key to the host's pcsd, then makes
# this resource of its arguments.
pcs()
{
    if [ "$1 $2 $3" = "cluster node add-remote" ]; then
        set -- resource create "$4" ocf:pacemaker:remote "server=$5" "${@:6}" \
            --force
    fi
    command pcs -f "$CIB_file" "$@" || return
    # in a live cluster it has crm_node do this
    [ "$1 $2 $3" != "cluster node remove-remote" ] ||
        cibadmin --delete --xpath "//node[@uname='$4']"
}

# It also warns, with the same status.
is_valid()
{
    ! crm_verify --xml-file "$CIB_file" 2>&1 | grep "Errors found"
}

n=0 worst=0
try() # MANUAL COMMAND
{
    local out verdict=ok
    # there is no systemd here
    out=$(eval "${2/systemd:nova-compute/ocf:pacemaker:Dummy}" 2>&1 </dev/null) || verdict="not ok" worst=1
    n=$((n + 1))
    echo "$verdict $n - $1: $2"
    [ -z "$out" ] || sed 's/^/# /' <<<"$out"
}

# power_devices TOOL HOST...: as for cmp1, "one for each host".
power_devices()
{
    local line
    line=$(commands "$1" vmha-7 | grep fence_ipmilan)
    for host in "${@:2}"; do
        try vmha-7 "${line//cmp1/$host}"
    done
}

export CIB_file=$work/cib.xml
for tool in pcs crm; do
    for man in vmha-7 ocf_vmha_gate ocf_vmha_watch vmha-recoveryd vmha-watchd \
        fence_vmha ocf_vmha_recovery; do
        case $man in
        vmha-7) hosts="cmp2 cmp3" node= ;; # it adds cmp1 itself
        # its step 7, on that cluster
        ocf_vmha_gate | ocf_vmha_watch | vmha-recoveryd | vmha-watchd) hosts= ;;
        *) hosts="cmp1 cmp2" node='<node id="cmp1" uname="cmp1" type="remote"/>' ;;
        esac
        [ -z "$hosts" ] || empty_cib "$node" >"$CIB_file"
        # shellcheck disable=SC2086 # words
        power_devices $tool $hosts
        before=$n
        while read -r line; do
            try $man "$line"
        done < <(commands $tool $man)
        try $man "[ $n -gt $before ]"
        try $man "is_valid"
        [ $man != ocf_vmha_watch ] || try vmha-7 "vmha check --cib=$CIB_file"
    done
done

# As the manuals have it, on one line.
is_in_manuals() # TOOL COMMAND
{
    local line
    for man in vmha-7 ocf_vmha_gate ocf_vmha_watch; do
        while read -r line; do
            # shellcheck disable=SC2086 # any blanks are one
            [ "$(echo ${line/systemd:nova-compute/ocf:pacemaker:Dummy})" != "$2" ] ||
                return 0
        done < <(set -f && commands "$1" $man)
    done
    return 1
}

# What pcs and crmsh show of each agent: all parameters, with their texts.
describes() # WHAT FILE-OF-METADATA COMMAND...
{
    local name shown
    shown=$("${@:3}" 2>&1) || return
    while read -r name; do
        grep -qE "^ *$name\\b" <<<"$shown" || { echo "no $name in: $shown"; return 1; }
    done < <(sed -n 's/.*<parameter name="\([^"]*\)".*/\1/p' "$2")
    ! grep -iE "^(warning|error)\b|unable to|no description" <<<"$shown"
}
for agent in gate recovery watch; do
    "/usr/lib/ocf/resource.d/vmha/$agent" meta-data >"$work/metadata"
    try "pcs shows" "describes $agent $work/metadata command pcs resource describe ocf:vmha:$agent"
    try "crmsh shows" "describes $agent $work/metadata crm ra info ocf:vmha:$agent"
done
fence_vmha -o metadata >"$work/metadata"
sed -i '/name="\(action\|plug\|port\|nodename\)"/d' "$work/metadata"
try "pcs shows" "describes fence_vmha $work/metadata command pcs stonith describe fence_vmha"
try "crmsh shows" "describes fence_vmha $work/metadata crm ra info stonith:fence_vmha"

# vmha setup, on a cluster that has hosts and power devices only.
for tool in pcs crm; do
    empty_cib '<node id="cmp1" uname="cmp1" type="remote"/>' >"$CIB_file"
    power_devices $tool cmp1 cmp2 cmp3
    vmha setup --with=$tool --cloud=mycloud --cib="$CIB_file" | grep -v '^#' \
        >"$work/setup"
    while read -r line; do
        try "setup" "$line"
        case $line in
        *"property "*) ;; # one option each
        *) try "in the manuals" "is_in_manuals $tool $(printf %q "$line")" ;;
        esac
    done <"$work/setup"
    try setup "is_valid"
    try setup "vmha check --with=$tool --cib=$CIB_file"
    try "nothing is left to do" \
        "vmha setup --with=$tool --cib=$CIB_file | grep '^# Nothing to do'"
done
echo "1..$n"
exit $worst
