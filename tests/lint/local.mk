# House rules that a machine can check.
LINTS = %D%/dist.t %D%/docs.t %D%/mutants.t %D%/layers.t %D%/source.t %D%/headers.t %D%/pacemaker-api.t
TESTS += $(LINTS)
EXTRA_DIST += $(LINTS) %D%/lint.sh %D%/pacemaker-api.txt
