#!/bin/bash
# ocf:vmha:gate on a cluster that is a directory: what opens it, and that
# nothing but its stop closes it.
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

export TEST_RUNDIR=$tmp/run TEST_LIBEXECDIR=$built VMHA_FAKE_CLUSTER=$tmp
export OCF_RESOURCE_INSTANCE=gate:0 OCF_RESKEY_node=cmp1
fenced=1795000000.123456789

# cluster [NAME=VALUE]...: nvpairs of the journal.
cluster()
{
    local pairs='' p
    for p; do
        pairs+="<nvpair id=\"j-${p%%=*}\" name=\"${p%%=*}\" value=\"${p#*=}\"/>"
    done
    cat >"$tmp/cib.xml.new" <<XML
<cib epoch="1" num_updates="1" admin_epoch="0" have-quorum="1"
  crm_feature_set="3.16.1" validate-with="pacemaker-3.9"><configuration>
<crm_config><cluster_property_set id="vmha-journal">$pairs
</cluster_property_set></crm_config>
<nodes><node id="cmp1" uname="cmp1" type="remote"/>
<node id="cmp2" uname="cmp2" type="remote"><instance_attributes id="a2">
<nvpair id="a2-s" name="vmha-segment" value="east"/></instance_attributes></node>
</nodes><resources/></configuration><status/></cib>
XML
    mv "$tmp/cib.xml.new" "$tmp/cib.xml"
}

# fencings LINE...: TARGET ACTION STATE NANOSECONDS WHO
fencings() { printf '%s\n' "$@" >"$tmp/history"; }

# agent ACTION [NAME=VALUE]...: its exit code and reason
agent()
{
    local action=$1 out code
    shift
    out=$(env "$@" "$built/tests/agents/gate" "$action" 2>&1)
    code=$?
    echo "$code${out:+ $out}"
}

# closed NAME REASON: start fails for it, and nothing runs.
closed()
{
    is "$1" "$(agent start)" "1 ocf-exit-reason:closed: $2"
    is "... and stays closed" "$(agent monitor)" 7
}

# opens NAME
opens()
{
    is "$1" "$(agent start)" 0
    is "... and is open" "$(agent monitor)" 0
    is "... until it is stopped" "$(agent stop)" 0
}

echo 1 >"$tmp/quorum"
fencings
is "a probe before all" "$(agent monitor)" 7
is "stop of what does not run" "$(agent stop)" 0
closed "a cluster that cannot be read" "the cluster cannot be read"
touch "$tmp/denied"
began=$SECONDS
closed "a cluster that refuses to be read" "the cluster does not let itself be \
read (with ACLs the node needs read access)"
is "... is not waited for" "$((SECONDS - began < 5))" 1
rm "$tmp/denied"

cluster
closed "a cluster without vmha" \
    "no vmha-recoveryd has worked for its segment yet"
cluster vmha-seen=1790000000.000000000
opens "no entry, no fencing"
is "another segment's watermark does not count" \
    "$(agent start OCF_RESKEY_node=cmp2)" \
    "1 ocf-exit-reason:closed: no vmha-recoveryd has worked for its segment yet"
cluster vmha-seen-east=1790000000.000000000
is "its own does" "$(agent start OCF_RESKEY_node=cmp2)" 0
agent stop >/dev/null
is "a node that the cluster does not know" \
    "$(agent start OCF_RESKEY_node=cmp9)" \
    "6 ocf-exit-reason:closed: the cluster has no node 'cmp9'"

cluster vmha-seen=1790000000.000000000 vmha-intent-cmp1=$fenced
closed "a note of the fencing hook" \
    "it was fenced, and vmha-recoveryd did not answer that yet"
for phase in F D E X; do
    cluster vmha-seen=1790000000.000000000 \
        "vmha-host-cmp1=v1;$phase;$fenced;fd;"
    closed "an entry in phase $phase" "its instances are being recovered"
done
cluster vmha-seen=1790000000.000000000 vmha-host-cmp1=nonsense
closed "an entry that cannot be read" "its entry in the journal cannot be read"
cluster vmha-seen=1790000000.000000000 "vmha-host-cmp2=v1;E;$fenced;fd;"
opens "another host's entry"

fencings "cmp1 off done ${fenced/./} -"
cluster vmha-seen=1790000000.000000000
closed "a fencing that has no entry yet" \
    "its newest fencing was not looked at by vmha-recoveryd yet"
fencings "cmp1 off done ${fenced/./} human"
closed "one that was acknowledged by hand" \
    "its newest fencing was not looked at by vmha-recoveryd yet"
for phase in T R; do
    cluster vmha-seen=1790000000.000000000 \
        "vmha-host-cmp1=v1;$phase;$fenced;fdb;"
    opens "the entry of that fencing in phase $phase"
done
cluster vmha-seen=$fenced
opens "a fencing that is closed"
fencings "cmp1 off failed ${fenced/./} -" "cmp1 on done 1796000000000000000 -"
cluster vmha-seen=1790000000.000000000
opens "fencings that failed, and power on"

is "it opens" "$(agent start)" 0
cluster "vmha-host-cmp1=v1;E;$fenced;fd;"
is "its monitor does not close it" "$(agent monitor)" 0
is "nor does a second start" "$(agent start)" 0
is "a second stop succeeds" "$(agent stop; agent stop)" "0
0"
