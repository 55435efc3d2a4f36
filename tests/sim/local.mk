EXTRA_DIST += %D%/selection.t
# The daemon against the simulated cloud: run by ./check, too long for make
# check.
EXTRA_DIST += %D%/harness.py %D%/fakecluster.py %D%/stories.py \
	%D%/scenarios.t %D%/facts.t %D%/return.t %D%/torture.t %D%/memcheck.t %D%/scale.t %D%/RESULTS.md \
	%D%/levels.t %D%/explain.t %D%/limits.t %D%/reserve.t
EXTRA_DIST += %D%/forget.t %D%/handover.t %D%/held.t %D%/live.t %D%/orphan.t %D%/processes.t %D%/restart.t %D%/secrets.t %D%/seen.t
