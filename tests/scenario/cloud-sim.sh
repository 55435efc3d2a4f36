# shellcheck shell=bash disable=SC2034
# The simulated cloud of scenarios, tests/novasim; functions.sh sources this.

NOVASIM=$BUILD/tests/novasim/vmha-novasim
CLOUD=http://10.77.0.254:8774
CLOUD_AUTH_URL=$CLOUD/v3
# Of the resource vmha; scenarios fail all hosts one after the other.
CLOUD_PARAMETERS="cloud=sim post_settle=5s max_failed_hosts=100%\
 max_failed_hosts_total=100%"
CLOUD_LOGS=$L                               # of requests and ledger

cloud_yaml()
{
    cat <<END
clouds:
  sim:
    region_name: RegionOne
    auth:
      auth_url: $CLOUD_AUTH_URL
      username: vmha
      password: secret
      project_name: service
      user_domain_name: Default
      project_domain_name: Default
END
}

# Guests live on their host's power: the switch takes them along.
power_hook()
{
    cat <<END
#!/bin/sh
case \$1 in cmp*) ;; *) exit 0 ;; esac
[ "\$2" = on ] && on=true || on=false
exec curl -sS -o /dev/null --retry 2 --retry-connrefused \\
    -d "{\"host\":\"\$1\",\"on\":\$on}" $CLOUD/_sim/power
END
}

# start_cloud [STEP...]: cmp1-3, and spare1-3 that the cluster does not know;
# then the steps, before anyone can ask it anything.
# shellcheck disable=SC2120
start_cloud()
{
    local steps
    printf -v steps ',%s' "$@"
    [ $# -gt 0 ] || steps=
    [ -x "$NOVASIM" ] ||
        make -s -C "$BUILD" tests/novasim/vmha-novasim >&2 ||
        bail "vmha-novasim cannot be built"
    cat >"$WORK/start.json" <<END
[{"do":"hosts","n":3},{"do":"hosts","prefix":"spare","n":3}$steps]
END
    lab exec setsid -f "$NOVASIM" --listen "${CLOUD#http://}" \
        --ledger "$L/ledger" --log "$L/requests" --scenario "$WORK/start.json" \
        --set accept_ms=100 --set spawn_ms=500 >"$WORK/novasim.log" 2>&1
    wait_for 10 sim_get hosts >/dev/null || bail "the cloud did not start"
    power_hook >"$WORK/power-hook"
    chmod +x "$WORK/power-hook"
    lab hook "$WORK/power-hook"
    [ ! -e "$WORK/program" ] || install_compute_program
}

# sim STEP JSON: changes the simulated cloud (tests/novasim/README.md).
sim()
{
    lab exec curl -sS --fail-with-body --max-time 20 -d "$2" "$CLOUD/_sim/$1"
}

sim_get()
{
    lab exec curl -sS --fail --max-time 20 "$CLOUD/_sim/$1" 2>/dev/null
}

# boot N HOST [MEMBER...]: more members of the step, e.g. '"ram":512'.
boot()
{
    local more
    printf -v more ',%s' "${@:3}"
    [ $# -gt 2 ] || more=
    sim vms "{\"n\":$1,\"host\":\"$2\"$more}" >/dev/null
}

# vms_on HOST: how many the cloud has there.
vms_on()
{
    sim_get "vms?host=$1" | grep -o '"uuid":' | wc -l
}

# computes_in_cluster: nova-compute is a resource of the cluster (gated.xml);
# before start_cluster.
computes_in_cluster()
{
    computes_are_gated
    cat >"$WORK/program" <<END
#!/bin/sh
state=/run/nova-compute
case \$3 in
status) [ -e \$state ]; exit ;;
start) run=true; touch \$state ;;
stop) run=false; rm -f \$state ;;
esac
exec curl -sS -o /dev/null --fail --max-time 10 \\
    -d "{\"host\":\"\$2\",\"run\":\$run}" $CLOUD/_sim/compute
END
    chmod +x "$WORK/program"
}

# Once the cloud is there.
install_compute_program()
{
    lab exec install -D "$WORK/program" "$L/shared/cloud/program"
}

# cloud_takes_back HOST: which is on again; what an operator does in Nova.
cloud_takes_back()
{
    sim compute "{\"host\":\"$1\",\"run\":true}" >/dev/null
    sim hosts "{\"names\":[\"$1\"],\"forced_down\":false,\
\"disabled\":false}" >/dev/null
}

# service_state HOST: forced_down and disabled, as the cloud has them.
service_state()
{
    sim_get hosts | tr '{' '\n' | sed -n 's/.*"name":"'"$1"'".*'\
'"disabled":\([a-z]*\),"forced_down":\([a-z]*\).*/\2 \1/p'
}

# slow_cloud: an evacuation of 40 VMs takes about 12 s; fast_cloud: 2 s.
slow_cloud()
{
    sim settings '{"spawn_ms":3000,"slots":2}' >/dev/null
}

fast_cloud()
{
    sim settings '{"spawn_ms":500,"slots":0}' >/dev/null
    sim latency '{"class":"*","ms":0}' >/dev/null
}

# fault JSON: the cloud misbehaves so (tests/novasim/README.md).
fault()
{
    sim faults "$1" >/dev/null
}
