#!/bin/bash
# Every fuzz target survives its corpus; an empty corpus is an error.
set -eu
bin=${top_builddir:-.}/tests/fuzz
corpus=${top_srcdir:-.}/tests/fuzz/corpus
dirs=("$corpus"/*/)
echo "1..${#dirs[@]}"
n=0 worst=0
for dir in "${dirs[@]}"; do
    n=$((n + 1))
    name=$(basename "$dir")
    if output=$("$bin/fuzz_$name" "$dir"/* 2>&1); then
        echo "ok $n - $name: $(find "$dir" -type f | wc -l) inputs"
    else
        printf '%s\n' "$output" | tail -n 30 | sed 's/^/# /'
        echo "not ok $n - $name"
        worst=1
    fi
done
exit $worst
