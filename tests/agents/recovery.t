#!/bin/bash
# ocf:vmha:recovery with a stand-in for its daemon: every action, and every
# way in which the daemon can misbehave.
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

export TEST_RUNDIR=$tmp/run TEST_LIBEXECDIR=$built/tests/agents
export OCF_RESOURCE_INSTANCE=rec OCF_RESKEY_cloud=lab
export OCF_RESKEY_clouds_yaml=$tmp/clouds.yaml
dir=$TEST_RUNDIR/rec

cat >"$tmp/clouds.yaml" <<'EOF'
clouds:
  lab:
    auth:
      auth_url: http://127.0.0.1:5000/v3
      username: u
      password: p
      project_name: p
      user_domain_name: Default
      project_domain_name: Default
EOF
chmod 600 "$tmp/clouds.yaml"

# agent ACTION [NAME=VALUE]...: runs it; code, out (standard output), err.
agent()
{
    local action=$1
    shift
    out=$(env "$@" "$built/tests/agents/recovery" "$action" 2>"$tmp/err")
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

pid_of() { read -r pid <"$dir/pid" && echo "$pid"; }

# A process that nobody has waited for yet has ended all the same.
has_ended() { [ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; }

cleanup() { agent stop STAND_IN=; }

runs "a probe needs no configuration" 7 monitor OCF_RESKEY_cloud= \
    OCF_RESKEY_max_posts=many
runs "stop of what does not run succeeds" 0 stop OCF_RESKEY_cloud=
runs "a missing parameter is a configuration error" \
    "6 ocf-exit-reason:parameter 'cloud' is required" start OCF_RESKEY_cloud=
runs "so is one out of range" \
    "6 ocf-exit-reason:max_posts: 0 is not between 1 and 1000" \
    validate-all OCF_RESKEY_max_posts=0
runs "and two that contradict" \
    "6 ocf-exit-reason:retry_min is longer than retry_max" \
    validate-all OCF_RESKEY_retry_min=10min
runs "a hook by a name that would be looked for" \
    "6 ocf-exit-reason:alert: 'tell-me' is no absolute path" \
    validate-all OCF_RESKEY_alert=tell-me
for url in ftp://a/ https:/a http:// "http:///x" "http://a/ b" //a; do
    runs "a webhook '$url'" \
        "6 ocf-exit-reason:webhook: '$url' is no URL such as https://host/path" \
        validate-all OCF_RESKEY_webhook="$url"
done
runs "a webhook with a password, which is not shown again" \
    "6 ocf-exit-reason:webhook: a URL with a user or password is not allowed\
 here, where everybody reads it" \
    validate-all OCF_RESKEY_webhook=https://me:secret@a/
runs "hooks" 0 validate-all OCF_RESKEY_webhook=https://a:8443/b?c=@d \
    OCF_RESKEY_alert=/usr/local/sbin/tell OCF_RESKEY_metrics_dir=/var/lib/x
runs "a rule of exclusion that makes no sense" \
    "6 ocf-exit-reason:exclude: rule 2: 'owner=me': expected project=, name=,\
 flavor=, flavor:KEY=, image=, tag=, metadata:KEY= or zone=" \
    validate-all OCF_RESKEY_exclude='name=a*,owner=me'
runs "a policy for local disks that is none" \
    "6 ocf-exit-reason:local_disk: 'wait' is not evacuate, skip or wait:TIME" \
    validate-all OCF_RESKEY_local_disk=wait
runs "a policy for local disks where there are none" \
    "6 ocf-exit-reason:local_disk=skip has no meaning with shared_storage=true" \
    validate-all OCF_RESKEY_local_disk=skip OCF_RESKEY_shared_storage=true
runs "validate-all" 0 validate-all
agent validate-all OCF_RESKEY_clouds_yaml="$tmp/none"
is "clouds.yaml missing is a matter of this node: 5, never 6" "$code" 5
chmod 640 "$tmp/clouds.yaml"
agent start
is "so is one that others can read" "$code" 5
has "and the reason says what is wrong" "$err" "mode 0640; expected 0600"
chmod 600 "$tmp/clouds.yaml"
agent validate-all OCF_RESKEY_cloud=nowhere
is "so is one without the cloud" "$code" 5
runs "a name that is no file name" \
    "6 ocf-exit-reason:the resource's name '../x' is unfit for a file name" \
    monitor OCF_RESOURCE_INSTANCE=../x
agent frobnicate
is "an unknown action" "$code" 3
agent usage
has "usage" "$out" "actions: start stop monitor reload-agent"

t0=$(now_ms)
runs "start" 0 start
ok "start takes no time of its own" test $(($(now_ms) - t0)) -lt 1500
is "the directory is private" "$(stat -c %a "$dir")" 700
is "the configuration, too" "$(stat -c %a "$dir/conf")" 600
is "the socket, too" "$(stat -c %a "$dir/control")" 600
has "the configuration is whole" "$(cat "$dir/conf")" $'\npost_settle=1min\n'
runs "monitor" 0 monitor
pid=$(pid_of)
is "the daemon is in a session of its own" "$(cut -d ' ' -f 6 "/proc/$pid/stat")" \
    "$pid"
is "it holds nothing of the agent" \
    "$(find "/proc/$pid/fd" -lname 'pipe:*' | wc -l)" 0
runs "start again is a success" 0 start
is "and starts no second one" "$(pid_of)" "$pid"

echo "degraded cloud 'lab': no route to host" >"$dir/say"
runs "a daemon that lacks something" \
    "190 ocf-exit-reason:cloud 'lab': no route to host" monitor
runs "start takes it as it is" 0 start
echo "nonsense" >"$dir/say"
runs "a daemon that talks nonsense" "1 ocf-exit-reason:vmha-recoveryd runs but\
 does not answer: the daemon says 'nonsense'" monitor
echo "degraded $(printf 'x%.0s' {1..120})äöü" >"$dir/say"
agent monitor
is "a long reason is cut between characters" \
    "$(grep -c '^ocf-exit-reason:x*äöü$' "$tmp/err") $(grep '^ocf' \
        "$tmp/err" | tr -d '\n' | wc -c)" "1 142"
rm "$dir/say"

runs "reload" 0 reload-agent OCF_RESKEY_max_posts=7
has "the daemon's file is new" "$(cat "$dir/conf")" "max_posts=7"
runs "a reload that the daemon refuses" \
    "1 ocf-exit-reason:reload: error 13 is unlucky" \
    reload-agent OCF_RESKEY_max_posts=13
is "the same daemon" "$(pid_of)" "$pid"

runs "stop" 0 stop
ok "it is gone" has_ended "$pid"
runs "monitor after stop" 7 monitor
runs "reload of what does not run" 7 reload-agent

# The pid file is there, and its id belongs to somebody else: us.
echo $$ >"$dir/pid"
runs "a stale pid file misleads no monitor" 7 monitor
runs "and no stop" 0 stop
ok "nobody else was stopped" test -d /proc/$$

runs "a daemon that ends at once" "4 ocf-exit-reason:told to fail" \
    start STAND_IN=fail
runs "one that finds its files wrong: a matter of this node" \
    "5 ocf-exit-reason:told to fail" start STAND_IN=misfit
agent start STAND_IN=crash
has "one that crashes" "$code $err" \
    "1 ocf-exit-reason:vmha-recoveryd died of signal 6"
agent start STAND_IN=silent OCF_RESKEY_CRM_meta_timeout=2000
has "one that never gets ready" "$code $err" \
    "1 ocf-exit-reason:vmha-recoveryd did not get ready in time"
runs "it was ended" 7 monitor

runs "one that stops answering" 0 start STAND_IN=deaf
kill -STOP "$(pid_of)"
t0=$(now_ms)
agent monitor
has "is a failure with a reason" "$code $err" "1 ocf-exit-reason:\
vmha-recoveryd runs but does not answer: $dir/control: no answer in time"
t1=$(now_ms)
ok "within 11 s" test $((t1 - t0)) -lt 11000
t0=$(now_ms)
agent stop OCF_RESKEY_CRM_meta_timeout=6000
is "stop kills what does not end" "$code" 0
ok "in the time allowed" test $(($(now_ms) - t0)) -lt 5000
runs "then it does not run" 7 monitor

chmod 755 "$dir"
agent start
has "a run directory open to others is refused" "$code $err" "4 ocf-exit-reason"
chmod 700 "$dir"

out=$("$built/tools/recoveryd/vmha-recoveryd" --help)
has "the daemon shows its arguments" "$? $out" "--rundir"
is "and its version" \
    "$("$built/tools/recoveryd/vmha-recoveryd" --version | cut -d ' ' -f 1)" \
    vmha-recoveryd
