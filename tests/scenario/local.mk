# Scenarios need root and the packages of the set lab: not part of make check.
EXTRA_DIST += %D%/README.md %D%/RESULTS.md %D%/functions.sh %D%/cloud-sim.sh \
	%D%/cloud-openstack.sh \
	%D%/brake.t %D%/certain.t %D%/cloud.t %D%/cluster-lib.t %D%/control.t %D%/crash.t \
	%D%/fence_vmha.t %D%/fencing-time.t %D%/gated.xml %D%/gated-constraints.xml \
	%D%/host.t %D%/planned.t %D%/restart.t %D%/return.t %D%/segments.t %D%/vmha.t %D%/watch.t \
	%D%/virt.sh %D%/watch.xml %D%/watch-constraints.xml
