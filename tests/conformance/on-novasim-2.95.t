#!/bin/bash
# vmha-novasim of a later release: VMs arrive stopped where we ask for it (N24).
set -eu
MAX_MINOR=95 exec "$(dirname "$0")/on-novasim.t"
