# The fence agent.
sbin_PROGRAMS += %D%/fence_vmha
%C%_fence_vmha_SOURCES = %D%/fence_vmha.c
%C%_fence_vmha_LDADD = lib/agent/libagent.la lib/policy/libpolicy.la \
	lib/cluster/libcluster.la
