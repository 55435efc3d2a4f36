# A real OpenStack needs root and the packages of the set cloud: not part of
# make check.
EXTRA_DIST += %D%/README.md %D%/alone %D%/client.py %D%/cloud %D%/cluster.t \
	%D%/conf.sh %D%/conformance.t %D%/env.sh %D%/facts.t %D%/groups.t %D%/hook %D%/lab.t \
	%D%/nova-compute.xml %D%/nova-compute-constraints.xml %D%/prepare \
	%D%/self.t %D%/services.sh %D%/stage \
	%D%/python/neutron.py %D%/python/nova-compute %D%/python/outliving.py \
	%D%/python/requestlog.py %D%/python/setup.py \
	tests/openstack/guest.py tests/openstack/libvirt.t \
	tests/openstack/living.t tests/openstack/recovery.t tests/openstack/states.t tests/openstack/states.py
