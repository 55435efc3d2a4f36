#!/bin/bash
# The test cloud itself, without a lab: it comes up, boots, loses a host, evacuates
# it, its accounts of that are right, and nothing is left of it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

count=0 failures=0
ok() { # NAME CMD...
    local name=$1 output
    shift
    count=$((count + 1))
    if output=$("$@" 2>&1); then
        echo "ok $count - $name"
        return
    fi
    failures=$((failures + 1))
    echo "not ok $count - $name"
    printf '%s\n' "failed: $*" "$output" | sed 's/^/# /'
}

is() { # NAME GOT WANTED
    ok "$1" test "$2" = "$3"
}

cloud() { "$here/cloud" "$@"; }

logs_in() { # CLOUD of clouds.yaml
    /usr/bin/python3 - "$1" <<'X'
import sys, requests, yaml
cloud = yaml.safe_load(open('/run/clouds.yaml'))['clouds'][sys.argv[1]]
auth = cloud['auth']
if cloud.get('auth_type') == 'v3applicationcredential':
    identity = {'methods': ['application_credential'], 'application_credential': {
        'id': auth['application_credential_id'],
        'secret': auth['application_credential_secret']}}
    body = {'identity': identity}
else:
    identity = {'methods': ['password'], 'password': {'user': {
        'name': auth['username'], 'password': auth['password'],
        'domain': {'name': auth['user_domain_name']}}}}
    body = {'identity': identity, 'scope': {'project': {
        'name': auth['project_name'],
        'domain': {'name': auth['project_domain_name']}}}}
reply = requests.post(auth['auth_url'] + '/auth/tokens', json={'auth': body})
token = reply.json()['token']
nova, = (e['url'] for s in token['catalog'] if s['type'] == 'compute'
         for e in s['endpoints'] if e['interface'] == cloud['interface'] and
         e['region'] == cloud['region_name'])
reply = requests.get(nova + '/os-services', headers={
    'X-Auth-Token': reply.headers['X-Subject-Token']})
sys.exit(reply.status_code != 200)
X
}

# The request log's account of client.py's evacuations, as "recv send".
posted() {
    awk '$4 == "POST" && $5 ~ /\/action$/ && $8 == "2.93" {
            if ($3 == "recv" && $9 == "{\"evacuate\":{}}") received[$2] = 1
            if ($3 == "send" && $6 == 200 && $2 in received) sent++}
        END {print length(received), sent}' /run/lab/shared/requests
}

# All of this pid namespace but its process 1 and this test; forks nothing.
other_processes() {
    local dir
    for dir in /proc/[0-9]*; do
        case ${dir#/proc/} in
        1 | "$$" | "$BASHPID") ;;
        *) echo "$dir $(tr '\0' ' ' <"$dir/cmdline")" ;;
        esac
    done
}

inside() {
    echo 1..13
    ok "the control plane comes up" cloud up
    ok "so do the computes" cloud computes
    cloud clouds-yaml /run/clouds.yaml
    is "the credentials are private" "$(stat -c %a /run/clouds.yaml)" 600
    ok "the password is good for Nova" logs_in lab
    ok "so is the application credential" logs_in lab-appcred
    eval "$(cloud openrc)"
    ok "10 servers boot" "$here/client.py" boot 10 cmp1
    is "their guests run" "$(cloud guests)" "cmp1 on 10"
    cloud compute cmp1 kill
    is "which outlive nova-compute" "$(cat /run/lab/shared/cloud/guests/cmp1/* |
        grep -c ' 1$')" 10
    cloud power cmp1 off
    ok "the dead host is evacuated" "$here/client.py" evacuate cmp1
    is "their guests run elsewhere" "$(cloud guests | sed 's/cmp[23]/other/' |
        awk '{n[$1 " " $2] += $3} END {for (k in n) print k, n[k]}' | sort)" \
        "cmp1 off 10
other on 10"
    ok "none of them twice" "$here/../invariants/twice" /run/lab/shared/ledger
    is "the request log has each call" "$(posted)" "10 10"
    cloud down
    is "nothing is left" \
        "$(other_processes)$(find /run/cloud /run/lab/shared/* 2>/dev/null)" ""
    exit $((failures > 0))
}

if [ "${1:-}" = inside ]; then
    inside
fi
"$here/prepare" >&2
exec "$here/cloud" alone "$0" inside
