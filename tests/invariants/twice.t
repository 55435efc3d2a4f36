#!/bin/bash
# The checker finds guests that ran twice, and only those.
set -u
here=$(dirname "$0")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0 worst=0

judge() { # NAME EXIT OUTPUT (the ledger is on stdin)
    local out rc=0 verdict=ok
    cat >"$dir/ledger"
    out=$("$here/twice" "$dir/ledger" 2>/dev/null) || rc=$?
    n=$((n + 1))
    if [ "$rc" != "$2" ] || [ "$out" != "$3" ]; then
        verdict="not ok" worst=1
        echo "# exit $rc, output '$out'"
    fi
    echo "$verdict $n - $1"
}

echo 1..8
judge "a guest that moves is fine" 0 "" <<'L'
1.000 a u1 on
2.000 a u1 gone
3.000 b u1 on
L
judge "on at two hosts is found" 1 "u1 a b 3.000 4.500" <<'L'
1.000 a u1 on
1.500 a u2 on
3.000 b u1 on
4.500 a u1 fenced
L
judge "an overlap that goes on is found" 1 "u1 a b 3.000 still" <<'L'
1.000 a u1 on
3.000 b u1 on
L
judge "off counts as not running" 0 "" <<'L'
1.000 a u1 on
2.000 a u1 off
3.000 b u1 on
L
judge "on twice at one host is one guest" 0 "" <<'L'
1.000 a u1 on
2.000 a u1 on
3.000 a u1 gone
4.000 b u1 on
L
judge "lines out of order are put in order" 0 "" <<'L'
1.000 a u1 on
3.000 b u1 on
2.000 a u1 gone
L
judge "an empty ledger is no proof" 2 "" </dev/null
judge "a broken line is no proof" 2 "" <<'L'
1.000 a u1 on
x a u1
L
exit $worst
