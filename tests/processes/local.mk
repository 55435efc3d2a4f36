# Needs root, for namespaces: not part of make check.
EXTRA_DIST += %D%/processes.t
