#!/bin/bash
# Every header compiles alone, and its guard is its own.
# shellcheck source-path=SCRIPTDIR source=lint.sh
. "$(dirname "$0")/lint.sh"
read -r -a flags <<<"${LINT_CPPFLAGS:-}"
declare -A seen
worst=0 n=0
mapfile -t headers < <(find lib tools tests -name '*.h' | sort)
echo "1..${#headers[@]}"
for h in "${headers[@]}"; do
    n=$((n + 1)) verdict=ok
    guard=$(sed -n 's/^#ifndef \(VMHA_[A-Z0-9_]*_H\)$/\1/p' "$h" | head -n 1)
    if [ -z "$guard" ] || [ -n "${seen[$guard]:-}" ]; then
        echo "# $h: guard '$guard' is missing or also in ${seen[$guard]:-no file}"
        verdict="not ok"
    fi
    seen[${guard:-none$n}]=$h
    errors=$(printf '#include "%s"\n' "$h" |
        ${LINT_CC:-cc} -std=gnu11 -D_GNU_SOURCE -fsyntax-only -I. \
            -Ilib/core -Ilib/param -Ilib/agent -Ilib/openstack -Ilib/cluster \
            -Ilib/policy -Ilib/virt -I"$(dirname "$h")" "${flags[@]}" -x c - 2>&1) || {
        printf '%s\n' "$errors" | sed 's/^/# /'
        verdict="not ok"
    }
    echo "$verdict $n - $h"
    [ "$verdict" = ok ] || worst=1
done
exit $worst
