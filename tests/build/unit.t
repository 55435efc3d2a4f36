#!/bin/bash
# make check, as it is and under the sanitizers; the unit tests under valgrind;
# the tarball builds.
set -u
cd "$(dirname "$0")/../.." || exit
n=0 bad=0

# One test of ours for each test of make check.
forward() { # NAME BUILD-DIR
    local line
    while read -r line; do
        n=$((n + 1))
        case $line in
        PASS:*) echo "ok $n - $1: ${line#PASS: }" ;;
        SKIP:*) echo "ok $n - $1: ${line#SKIP: } # SKIP" ;;
        *) echo "not ok $n - $1: $line"; bad=1 ;;
        esac
    done < <(grep -E '^(PASS|FAIL|ERROR|SKIP|XPASS):' "$2/check.log")
    grep -q '^# TOTAL: [1-9]' "$2/check.log" || {
        n=$((n + 1))
        echo "not ok $n - $1: make check did not end"
        tail -n 20 "$2/check.log" | sed 's/^/# /'
        bad=1
    }
}
verdict() { # NAME STATUS LOG
    n=$((n + 1))
    if [ "$2" = 0 ]; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        tail -n 30 "$3" | sed 's/^/# /'
        bad=1
    fi
}

make -C out/build -j2 check >out/build/check.log 2>&1
forward check out/build
# Lints and the simulator's own tests have nothing for the sanitizers.
san=$(make -s -C out/asan print-tests | tr ' ' '\n' | grep -E '_test$|/fuzz/|/agents/')
make -C out/asan -j2 check TESTS="$(tr '\n' ' ' <<<"$san")" >out/asan/check.log 2>&1
forward sanitizers out/asan
make -C out/build check-valgrind >out/build/valgrind.log 2>&1
verdict "the unit tests are clean under valgrind" $? out/build/valgrind.log
# The tarball's own tests are those above: a few show that it has them.
some=
[ "${VMHA_LONG:-0}" = 1 ] ||
    some='TESTS=tests/unit/core_test tests/golden/metadata.t tests/agents/fence_vmha.t'
make -C out/build distcheck ${some:+"$some"} >out/build/distcheck.log 2>&1
verdict "make distcheck" $? out/build/distcheck.log
echo "1..$n"
exit $bad
