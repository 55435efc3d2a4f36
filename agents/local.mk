# OCF resource agents, one file each.
ocfagent_PROGRAMS += %D%/gate %D%/recovery %D%/watch
%C%_gate_SOURCES = %D%/gate.c
%C%_gate_LDADD = lib/agent/libagent.la lib/policy/libpolicy.la \
	lib/cluster/libcluster.la lib/core/libcore.la
%C%_recovery_SOURCES = %D%/recovery.c
%C%_recovery_LDADD = lib/agent/libagent.la lib/openstack/libopenstack.la \
	lib/policy/libpolicy.la
%C%_watch_SOURCES = %D%/watch.c
%C%_watch_LDADD = lib/agent/libagent.la lib/core/libcore.la
