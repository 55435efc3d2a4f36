#!/bin/bash
# vmha-novasim answers nova-conformance as a real cloud does.
set -eu
top=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${top_builddir:-$top}
NOVASIM=$build/tests/novasim/vmha-novasim
DIR=$(mktemp -d)
# shellcheck source=tests/novasim/simlib.sh
. "$top/tests/novasim/simlib.sh"
trap 'sim_stop; rm -rf "$DIR"' EXIT

sim_start --speed 10 --set sync_power_ms=5000 --set "max_minor=${MAX_MINOR:-93}"
sim hosts '{"n":3}'
marks='"metadata":{"vmha:priority":"high"},"tags":["canary"],
    "extra_specs":{"hw:cpu_policy":"shared"}'
sim vms '{"n":5,"host":"cmp1",'"$marks"'}'
sim group '{"name":"apart","policy":"anti-affinity"}'
sim vms '{"n":1,"host":"cmp1","group":"apart",'"$marks"'}'
sim vms '{"n":2,"host":"cmp1","vm_state":"stopped","power_state":4,'"$marks"'}'

(umask 077 && cat >"$DIR/clouds.yaml") <<X
clouds:
  sim:
    auth:
      auth_url: $URL/identity
      username: vmha
      password: secret
      project_name: admin
      user_domain_name: Default
      project_domain_name: Default
    region_name: RegionOne
  sim-appcred:
    auth_type: v3applicationcredential
    auth:
      auth_url: $URL/identity
      application_credential_id: c1000000000000000000000000000001
      application_credential_secret: app-secret
    region_name: RegionOne
X
cat >"$DIR/hook" <<X
#!/bin/bash
step() {
    curl -sSf --max-time 20 -o /dev/null -d "\$2" "$URL/_sim/\$1"
}
case \$1 in
aggregate) step aggregate '{"name":"one"}' ;;
dead) step power '{"host":"'\$2'","on":false}' ;;
back)
    step power '{"host":"'\$2'","on":true}' &&
        step compute '{"host":"'\$2'","run":true}'
    ;;
reboot)
    step power '{"host":"'\$2'","on":false}' &&
        step power '{"host":"'\$2'","on":true}' &&
        step compute '{"host":"'\$2'","run":true}'
    ;;
revoke) step tokens '{"end":"revoke"}' ;;
*) exit 77 ;;
esac
X
chmod +x "$DIR/hook"

"$build/tests/conformance/nova-conformance" "$DIR/clouds.yaml" sim cmp1 \
    "$DIR/hook"
