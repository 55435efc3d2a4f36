# shellcheck shell=bash disable=SC2034
# The real cloud of scenarios, tests/cloud; functions.sh sources this.

CLOUD_DIR=$TOP/tests/cloud
CLOUD_AUTH_URL=http://10.77.0.254:5000/v3
# Nova writes the record of an evacuation while it works on the request, and no
# request waits in a proxy: so this must be longer than any takes (calls_took).
CLOUD_SETTLE_MS=10000
CLOUD_PARAMETERS="cloud=lab post_settle=${CLOUD_SETTLE_MS}ms\
 max_failed_hosts=100% max_failed_hosts_total=100%"
CLOUD_LOGS=$L/shared # of requests and ledger
WAIT=${WAIT:-150}

cloud()
{
    lab exec "$CLOUD_DIR/cloud" "$@"
}

cloud_yaml()
{
    cat <<END
clouds:
  lab:
    region_name: RegionOne
    interface: internal
    auth:
      auth_url: $CLOUD_AUTH_URL
      username: vmha
      password: secret
      project_name: admin
      user_domain_name: Default
      project_domain_name: Default
END
}

# start_cloud [SNAPSHOT]: e.g. cmp1-50, in which 50 servers are on cmp1.
start_cloud()
{
    local snapshot=${1:-${CLOUD_SNAPSHOT:-base}}
    [ "$snapshot" = base ] && snapshot=
    "$CLOUD_DIR/prepare" "${snapshot#cmp1-}" >&2
    cloud up ${snapshot:+"$snapshot"} || bail "the cloud did not start"
    [ -n "${LAB_RESOURCES:-}" ] || cloud computes || bail "nova-compute did not start"
    keep "$LAB_OUT/lab/$LAB_NAME" # its console
}

# boot N HOST: slow; about one a second.
boot()
{
    client boot "$1" "$2" >/dev/null
}

# computes_in_cluster: nova-compute is a resource of the cluster (gated.xml);
# before start_cluster.
computes_in_cluster()
{
    computes_are_gated
}

# vms_on HOST: how many the cloud has there.
vms_on()
{
    client hosts | awk -v host="$1" '$2 == host { n += $1 } END { print n + 0 }'
}

# cloud_takes_back HOST: which is on again; its nova-compute first completes
# the evacuations from it.
cloud_takes_back()
{
    cloud wait "$1" && wait_for 60 client back "$1" >/dev/null 2>&1
}

# nova_answers STATUS [METHOD]: what the API answers to all requests, or to
# those, instead of Nova; without STATUS Nova answers itself.
nova_answers()
{
    local knob=$L/shared/cloud/knobs/nova-api
    if [ $# = 0 ]; then
        lab exec rm -f "$knob"
    else
        lab exec sh -c 'echo "$2" >"$1.new" && mv "$1.new" "$1"' - "$knob" "$*"
    fi
}

# The longest evacuate request so far, ms.
calls_took()
{
    lab exec cat "$CLOUD_LOGS/requests" | awk '
        $3 == "recv" && /"evacuate"/ { is_call[$2] = 1 }
        $3 == "send" && $2 in is_call && $7 > most { most = $7 }
        END { print most + 0 }'
}
