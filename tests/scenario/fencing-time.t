#!/bin/bash
# Fencing takes no longer when the cloud is away: hosts are fenced again and
# again, and in every second round no request of vmha is answered.
set -eu
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

# note MS WHAT EVENT: in the record that the judge reads.
note()
{
    # shellcheck disable=SC2016 # for the inner shell
    lab exec sh -c 'echo "$1 $2 $3 scenario" >>"$0"' "$L/power.log" "$@"
}

cloud_goes_away()
{
    note "$(now_ms)" cloud away
    fault '{"match":".","kind":"hang","count":-1}'
}

cloud_comes_back()
{
    sim faults-clear '{}' >/dev/null
    note "$(now_ms)" cloud there
}

is_degraded()
{
    [ "$(health)" = degraded ]
}

# kills HOST...: one after the other.  Peers learn of it at once, so that the time
# is fencing's, not that of finding out.
kills()
{
    local host t0
    for host in "$@"; do
        lab wait settled
        t0=$(lab fault kill "$host")
        ok "$host is fenced" lab wait --timeout 30 fenced "$host" "$t0"
        note "$(lab when fenced "$host" "$t0")" "$host" fenced
    done
}

# return_on HOST...: what the daemon had to do for them is done.
return_on()
{
    local host
    for host in "$@"; do
        wait_for 40 is_phase "$host" X || diag "$host: phase $(phase "$host")"
        lab power "$host" on
        lab ctl crm_resource --cleanup --resource "$host" >/dev/null 2>&1
    done
    ok "they are back" lab wait online "$@"
}

plan 19
start_cluster request_timeout=2s
boot 5 spare1
look before
for _ in 1 2; do
    kills cmp1 cmp2 cmp3
    return_on cmp1 cmp2 cmp3
    cloud_goes_away
    kills cmp1 cmp2 cmp3
    ok "the daemon misses the cloud" wait_for 20 is_degraded
    cloud_comes_back
    return_on cmp1 cmp2 cmp3
done
# A program that waits for the cloud waits for as long as a request may take,
# 2 s; half of that tells it from the noise of a machine that is busy.
judge "cloud away" --cloud-costs 1000
diag "$("$TOP/tests/invariants/judge" "$WORK/case" --cloud-costs 1000 |
    grep '^median')"
