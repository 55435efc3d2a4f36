# What the lints source: the top directory, and findings as TAP.
# shellcheck shell=bash
set -eu
cd "${top_srcdir:-$(dirname "$0")/../..}"
n=0 worst=0

# result NAME FINDINGS: a lint without a finding has passed.
result()
{
    n=$((n + 1))
    if [ -z "$2" ]; then
        echo "ok $n - $1"
    else
        printf '%s\n' "$2" | sed 's/^/# /'
        echo "not ok $n - $1"
        worst=1
    fi
}

skip() # NAME WHY
{
    n=$((n + 1))
    echo "ok $n - $1 # SKIP $2"
}

finish()
{
    echo "1..$n"
    exit $worst
}
