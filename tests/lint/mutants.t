#!/bin/bash
# The mutants of tests/long/mutants.t break rules that still stand as they say.
exec "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/long/mutants.t" --texts
