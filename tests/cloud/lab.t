#!/bin/bash
# The cloud in a lab: nova-compute and guests live and die with their host.
set -eu
# shellcheck source-path=SCRIPTDIR source=../lab/functions.sh
. "$(dirname "$0")/../lab/functions.sh"

here=$(cd "$(dirname "$0")" && pwd)

cloud() { lab exec "$here/cloud" "$@"; }

client() { # runs client.py in the lab
    # shellcheck disable=SC2016 # expanded there
    lab exec bash -c 'eval "$("$0/cloud" openrc)"; exec "$0/client.py" "$@"' \
        "$here" "$@"
}

guests_of() { cloud guests | sed -n "s/^$1 //p" | xargs; }

cleaned_up() { # NODE COUNT: its nova-compute destroyed that many guests
    [ "$(guests_of "$1")" = "gone $2" ]
}

# Evacuations by state, as "done 5".
records() {
    client migrations | sort | uniq -c | awk '{print $2, $1}' | xargs
}

records_are() { [ "$(records)" = "$1" ]; }

compute_runs_in() { # NODE: in its namespaces, not beside them
    lab node "$1" pgrep -f nova-compute
}

plan 14
"$here/prepare" >&2
start_lab
ok "the control plane comes up" cloud up
ok "so do the computes" cloud computes
ok "nova-compute is a process of its node" compute_runs_in cmp1
ok "5 servers boot" client boot 5 cmp1
is "their guests run" "$(guests_of cmp1)" "on 5"
ok "the cluster settles" lab wait settled
t0=$(lab fault hang cmp1)
ok "the host is fenced" lab wait fenced cmp1 "$t0"
is "which stops its guests" "$(guests_of cmp1)" "off 5"
ok "they are evacuated" client evacuate cmp1
is "by migrations that are done" "$(records)" "done 5"
lab power cmp1 on
ok "the host comes back" lab wait online cmp1
ok "its nova-compute destroys what was evacuated" \
    wait_for 60 cleaned_up cmp1 5
ok "and completes the migrations" wait_for 30 records_are "completed 5"
ok "so that Nova takes it back" client back cmp1
