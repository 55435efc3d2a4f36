# Programs for scenarios and benches; never installed.
# Are the decisions of a log those that the policy makes of its facts?
check_PROGRAMS += %D%/replay
%C%_replay_SOURCES = %D%/replay.c
%C%_replay_LDADD = tools/history/libhistory.la

noinst_PROGRAMS += %D%/cluster-probe
%C%_cluster_probe_SOURCES = %D%/cluster-probe.c
%C%_cluster_probe_LDADD = lib/cluster/libcluster.la lib/core/libcore.la
