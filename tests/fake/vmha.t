#!/bin/bash
# vmha asks the real daemon, which recovers a host of a simulated cloud: what it
# shows, its JSON, its errors and exit codes; no Corosync, no root.
# shellcheck source-path=SCRIPTDIR source=../agents/functions.sh
. "${top_srcdir:-.}/tests/agents/functions.sh"
# shellcheck source-path=SCRIPTDIR source=../novasim/simlib.sh
. "$here/../novasim/simlib.sh"
schema_check=$here/../golden/schema-check
NOVASIM=$built/tests/novasim/vmha-novasim DIR=$tmp
export VMHA_FAKE_GROUP=$tmp/group VMHA_FAKE_CLUSTER=$tmp/cluster
export LC_ALL=C.UTF-8 TZ=UTC
mkdir "$VMHA_FAKE_GROUP" "$VMHA_FAKE_CLUSTER"
pids=()

cleanup()
{
    local pid
    for pid in "${pids[@]}"; do kill "$pid" && wait "$pid"; done
    sim_stop
} 2>/dev/null

# vmha ARGUMENT...: runs it; code, out (standard output), err.
vmha()
{
    code=0
    out=$("$built/tests/fake/vmha-sim" "$@" 2>"$tmp/err") || code=$?
    err=$(cat "$tmp/err")
}

# shows PART ARGUMENT...: its output has PART.
shows()
{
    vmha "${@:2}"
    [[ $out$err == *"$1"* ]]
}

# put NAME: standard input becomes the cluster's file.
put()
{
    cat >"$tmp/new"
    mv "$tmp/new" "$VMHA_FAKE_CLUSTER/$1"
}

# cluster FENCED_S: the CIB; cmp1 is fenced unless that is 0.
cluster()
{
    put cib.xml <<EOF
<cib><configuration><crm_config/>
<nodes><node id="1" uname="ctl1"/></nodes>
<resources>
<primitive id="vmha" class="ocf" provider="vmha" type="recovery"/>
<primitive id="cmp1" class="ocf" provider="pacemaker" type="remote"/>
<primitive id="cmp2" class="ocf" provider="pacemaker" type="remote"/>
</resources></configuration>
<status>
<node_state id="1" uname="ctl1" in_ccm="true" crmd="online"/>
<node_state remote_node="true" id="cmp1" uname="cmp1" in_ccm="true" node_fenced="$1"/>
<node_state remote_node="true" id="cmp2" uname="cmp2" in_ccm="true" node_fenced="0"/>
</status></cib>
EOF
}

start_daemon()
{
    mkdir -p "$tmp/run"
    cat >"$tmp/clouds.yaml" <<EOF
clouds:
  sim:
    region_name: RegionOne
    auth:
      auth_url: $URL/identity
      username: vmha
      password: secret
      project_name: admin
      user_domain_name: Default
      project_domain_name: Default
EOF
    chmod 600 "$tmp/clouds.yaml"
    printf 'cloud=sim\nclouds_yaml=%s\n' "$tmp/clouds.yaml" >"$tmp/run/conf"
    "$built/tests/fake/recoveryd-sim" vmha "$tmp/run" 20 2>"$tmp/daemon.log" &
    pids+=($!)
}

# valid COMMAND ARGUMENT...: its JSON and its XML are as the schemas say.
valid()
{
    local form
    for form in json xml; do
        vmha "$@" --output-as=$form
        ok "vmha $*: its $form is valid" "$schema_check" "$1" <<<"$out"
    done
}

# --- the command line ---------------------------------------------------------

misused() # WHAT ARGUMENT...
{
    vmha "${@:2}"
    is "vmha ${*:2}: one line says what is wrong" "$code $(wc -l <<<"$err")" \
        "64 1"
    has "... and what is right" "$err" "$1"
}
misused "the commands are status, why, history, plan, host, segment, disarm, arm, release, check, setup"
misused "there is no command 'stauts'; the commands are status, why" stauts
misused "unknown argument 'now'; usage: vmha arm" arm now
misused "unknown argument '--wach'; usage: vmha status [HOST]" status --wach
misused "unknown argument 'cmp2'" status cmp1 cmp2
misused "watch: 'x' is no duration" status --watch=x
misused "output_as: 'html' is none of text, json, xml" status --output-as=html
misused "'free' is none of list, show, set, release, forget; usage: vmha host list" \
    host free cmp1
misused "parameter 'host' is required" plan
misused "parameter 'what' is required; usage: vmha why VM|HOST" why
misused "limit: " history --limit=0
vmha --help
is "help is no error" "$code $err" "0 "
has "and lists the commands" "$out" "| release HOST"
vmha status --help
has "a command explains its options" "$out" "--output-as"

# --- no cluster, no daemon -------------------------------------------------------

refusal="69 vmha: Corosync does not answer: run vmha on a cluster node"
[ "$(id -u)" = 0 ] || refusal="77 vmha: only root may ask the cluster"
VMHA_FAKE_GROUP=$tmp/none vmha status
has "without Corosync, or as a user, it says so" "$code $err" "$refusal"
vmha status
has "without a daemon it says so" "$code $err" \
    "69 vmha: no vmha-recoveryd runs in this cluster"
vmha host list
has "so does each command" "$code $err" \
    "69 vmha: no vmha-recoveryd runs in this cluster"
vmha host release
has "a host must be named" "$code $err" "64 vmha: host: the host is missing"
vmha host release cmp1
has "release, too" "$code $err" \
    "69 vmha: 'cmp1' was not released: no vmha-recoveryd runs"
vmha host forget cmp1
has "and forget" "$code $err" \
    "69 vmha: 'cmp1' was not forgotten: no vmha-recoveryd runs"

vmha why --dir="$tmp/none" cmp1
has "files that are not there are told" "$code $err" \
    "69 vmha: no history in $tmp/none"
vmha history --dir="$tmp" --since=yesterday
has "a time that is none is told" "$code $err" \
    "64 vmha: history: since: 'yesterday' is no time such as 2h, 30min or 2026-11-23T18:00"

# --- nothing to do ------------------------------------------------------------------

sim_start --speed 20
sim hosts '{"n":3}'
sim vms '{"n":3,"host":"cmp1","name":"web"}'
evil='\u001b[2J\u009b31m\u202eevil'
sim vms "{\"n\":1,\"host\":\"cmp1\",\"name\":\"$evil\",\"vm_state\":\"soft-delete\"}"
cluster 0
echo 1 | put quorum
: | put history
start_daemon
within "a daemon that has found its cloud has nothing to do" 10000 \
    shows " watched by vmha on $(hostname)" status
has "and says so" "$out" "Nothing to recover: "
is "this is one line" "$code $(wc -l <<<"$out")" "0 1"
valid status
vmha host release cmp1
is "a host without an incident is not released" "$code $err" \
    "70 vmha: host 'cmp1' has no incident"

vmha host forget cmp2
is "nor is one that lives forgotten" "$code $err" \
    "70 vmha: node 'cmp2' is online: it is not gone"
vmha host forget cmp9
has "nor one that nobody knows" "$code $err" \
    "69 vmha: no vmha instance recovers a host 'cmp9'"

# --- segments and hosts ----------------------------------------------------------

vmha segment list
has "segments are listed" "$code $out$err" "0 (no segment): vmha on "
has "with their method and hosts" "$out" ", auto, 2 hosts, 0 reserved"
vmha segment show
has "one is shown with its hosts" "$out" "  cmp1: online"
vmha segment show rack9
has "one that nobody has is not" "$code $err" \
    "69 vmha: no running resource has segment 'rack9'"
vmha segment set --recovery-method=manual
has "a method that is none is refused" "$code $err" \
    "64 vmha: segment: recovery method 'manual' is none of"
vmha segment set --enabled=perhaps
has "so is what is no boolean" "$code $err" "64 vmha: segment: enabled: 'perhaps' is no"
vmha host list
is "hosts are listed" "$code $out$err" "0 cmp1: online
cmp2: online"
vmha host show cmp2 --output-as=json
has "as JSON, too" "$code $out" '0 {"hosts":[{"host":"cmp2","service_host":"cmp2",'
valid host show cmp2
valid host list
valid segment list
vmha host show cmp9
has "one that nobody recovers is not" "$code $err" "69 vmha: no running vmha res"
vmha host set cmp1
has "nothing is to be set" "$code $err" "64 vmha: host: nothing is to be set"
vmha host set "-x" --segment=a
has "a node name that is none is refused" "$code" "64"
vmha host set "a b" --segment=a
has "also a harmless one" "$code $err" "64 vmha: host: 'a b' is no node name"
vmha host set cmp1 --segment="a b"
has "so is a segment's" "$code $err" "64 vmha: host: segment 'a b': expected"
vmha host set cmp1 --reserved=often
has "and what is no boolean" "$code $err" "64 vmha: host: reserved: 'often' is no boolean"

# --- disarmed ------------------------------------------------------------------------

vmha disarm --until=yesterday
has "an end that is no time is refused" "$code $err" \
    "64 vmha: disarm: until: 'yesterday' is no time such as +30min"
vmha disarm --until='2020-01-01 00:00'
has "so is one that is over" "$code $err" "is in the past"
vmha disarm --reason="$(printf '%0201d' 0)"
has "so is a reason that is too long" "$code $err" "64 vmha: disarm: the reason is longer"
vmha disarm --until=+2h --reason="switch; work"
has "vmha is disarmed" "$code $out$err" "0 vmha is disarmed: "
vmha status
has "the status shouts" "$out" ": degraded (disarmed until 20"
has "with the reason, and the way out" "$out" \
    "changed: switch; work (vmha arm ends it)), 2 hosts"
valid status
has "and has it, too" "$out" ' reason="switch; work"'
vmha arm
is "vmha is armed" "$code $out$err" "0 vmha is armed."
within "and all is well again" 5000 shows "Nothing to recover" status
vmha arm
is "to arm it again does no harm" "$code $out$err" "0 vmha is armed."

# --- a failed host ----------------------------------------------------------------

"$built/tests/fake/vmha-sim" status --watch=500ms >"$tmp/watch" 2>&1 &
pids+=($!)
sim power '{"host":"cmp1","on":false}'
now=$(date +%s)
echo "cmp1 off done ${now}000000000 -" | put history
cluster "$now"
within "its recovery is shown to its end" 20000 \
    shows "cmp1  done  3 of 4 VMs recovered" status
has "with times" "$out" ", forced down +"
has "and counts" "$out" "  3 recovered, 1 skipped"
has "a hostile name is harmless, and its reason there" "$out" \
    "skipped: ?[2J?31m?evil1 "
has "and the state of the instance" "$out" ": ready, "
is "no line has a control character" "$(LC_ALL=C grep -c '[^ -~]' <<<"$out")" 0
vmha status cmp2
has "another host has nothing to recover" "$out" "Nothing to recover on host cmp2"
valid status cmp1
is "and harmless" "$(LC_ALL=C grep -c '[^ -~]' <<<"$out")" 0
within "watch has seen it" 5000 grep -q "cmp1  done" "$tmp/watch"
is "from its beginning" "$(head -n 1 "$tmp/watch" | cut -d: -f1)" \
    "Nothing to recover"
is "and writes what has changed only" "$(uniq -d "$tmp/watch" | wc -l)" 0

# --- why ---------------------------------------------------------------------------

vmha history
has "the failure is in the history" "$out" "  cmp1  done  3 of 4 VMs recovered"
has "nodes whose logs are not seen are named" "$err" "run it there, too: ctl1"
vmha why cmp1
has "why a host was recovered" "$out" "certain, the host is fenced [certainty]"
uuid=$(grep '"step":"evacuate"' "$tmp/run/history-vmha.jsonl" |
    grep -oE '[0-9a-f-]{36}' | head -n 1)
vmha why "$uuid"
has "why a VM is where it is: the facts" "$out" "vm_state active, power_state 1"
has "... the call and its grounds" "$out" "Nova is asked: evacuate [may call]"
has "... Nova's answer" "$out" "Nova's answer to evacuate: 200 queued, request req-"
has "... and its end" "$out" "recovered [verified]"
vmha why web
is "a name that is not whole names nothing" "$code" 69
vmha why "$(grep '"phase":"skipped"' "$tmp/run/history-vmha.jsonl" |
    grep -oE '[0-9a-f-]{36}' | head -n 1)"
has "a VM that is left alone: its rule" "$out" "may be restored later [skip]"
has "... and its hostile name, which is harmless" "$out" "?[2J?31m?evil1 "
is "... in every line" "$(LC_ALL=C grep -c '[^ -~]' <<<"$out")" 0
for form in "why $uuid" "history" "plan cmp2" "check --cib=$VMHA_FAKE_CLUSTER/cib.xml"; do
    # shellcheck disable=SC2086
    valid $form
done
vmha plan cmp2
has "a plan tells what would become of VMs" "$out" \
    "cmp2: if it failed now, "
vmha why --dir="$tmp/run" --output-as=json "$uuid"
is "all as JSON, too, from files alone" \
    "$(python3 -c 'import json, sys
d = json.load(sys.stdin)
print(d["damaged"], d["not_seen"], d["lines"][-1]["phase"])' <<<"$out")" \
    "0 None recovered"

# --- the manual's examples -----------------------------------------------------

# Each as it is printed; jq may find nothing.
mkdir "$tmp/bin"
ln -s "$(realpath "$built")/tests/fake/vmha-sim" "$tmp/bin/vmha"
examples=$(sed -n '/^=head1 EXAMPLES/,/^=head1 SEE/s/^    //p' "$here/../../man/vmha-8.pod")
has "vmha(8) has examples" "$examples" "vmha why web-3 --output-as=json |"
ok "they run as they are" env PATH="$tmp/bin:$PATH" \
    bash -c "set -eo pipefail; cd '$tmp'; ${examples//web-3/$uuid}"
has "and do what they say" "$(cat "$tmp/setup.sh")" "crm configure primitive fence-vmha "

# --- check -----------------------------------------------------------------------

vmha check --cib="$VMHA_FAKE_CLUSTER/cib.xml"
has "what is not set up is found" "$out" \
    "bad   there is no resource stonith:fence_vmha"
has "... with the mend" "$out" "mend: pcs stonith create fence-vmha fence_vmha"
has "... and told by the exit status" "$code $err" "78 vmha: "
vmha check --cib="$VMHA_FAKE_CLUSTER/cib.xml" --output-as=json
is "the same as JSON" "$(python3 -c 'import json, sys
f = json.load(sys.stdin)["findings"]
print({x["severity"] for x in f} == {"bad", "note"}, all(x["mend"] for x in f))
' <<<"$out")" "True True"
vmha setup --with=crm --cloud=c1 --cib="$VMHA_FAKE_CLUSTER/cib.xml"
has "setup prints what is missing" "$code $out" "0 #"
has "... as commands of crmsh" "$out" \
    "crm configure primitive fence-vmha stonith:fence_vmha params "
has "... for each host" "$out" "pcmk_host_list=\"cmp1 cmp2\""
is "... each once" "$(sort <<<"$out" | grep '^crm' | uniq -d)" ""
vmha setup --with=yast
has "another tool is refused" "$code $err" "64 vmha: setup: with: 'yast' is none of pcs, crm"
vmha check --cib=/nowhere
has "a file that is not there is named" "$code $err" "69 vmha: /nowhere: "
vmha check --cib="$tmp/run/history-vmha.jsonl"
has "so is one that is no CIB" "$code $err" "65 vmha: "

# --- release ---------------------------------------------------------------------

vmha host release cmp1
is "a host that is done is released" "$code $out$err" "0 cmp1 is released by vmha."
within "and shown so" 5000 shows "cmp1  released" status
vmha host release cmp9
has "a host that nobody knows is not" "$code $err" \
    "69 vmha: no vmha instance recovers a host 'cmp9'"

SECONDS=0
vmha host forget cmp9
has "nor is it forgotten" "$code $err" \
    "69 vmha: no vmha instance recovers a host 'cmp9'"
ok "... at once, though somebody watches" test "$SECONDS" -lt 20
