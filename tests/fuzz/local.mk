# Fuzz targets, one per parser.  Each replays its corpus in make check; with
# ./configure --enable-fuzzing CC=clang it is a libFuzzer program:
#     tests/fuzz/fuzz_param -max_total_time=300 tests/fuzz/corpus/param
# A target is fuzz_NAME.c with its corpus in corpus/NAME/.
FUZZERS =
FUZZ_MAIN = %D%/fuzz.h
if !FUZZING
FUZZ_MAIN += %D%/replay.c
endif
check_PROGRAMS += $(FUZZERS)
TESTS += %D%/corpus.t
EXTRA_DIST += %D%/corpus.t %D%/corpus

FUZZERS += %D%/fuzz_param
%C%_fuzz_param_SOURCES = %D%/fuzz_param.c $(FUZZ_MAIN)
%C%_fuzz_param_LDADD = lib/param/libparam.la
%C%_fuzz_param_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

FUZZERS += %D%/fuzz_fence_stdin
%C%_fuzz_fence_stdin_SOURCES = %D%/fuzz_fence_stdin.c $(FUZZ_MAIN)
%C%_fuzz_fence_stdin_LDADD = lib/param/libparam.la
%C%_fuzz_fence_stdin_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

FUZZERS += %D%/fuzz_cluster_xml
%C%_fuzz_cluster_xml_SOURCES = %D%/fuzz_cluster_xml.c $(FUZZ_MAIN)
%C%_fuzz_cluster_xml_LDADD = lib/cluster/libcluster.la lib/core/libcore.la
%C%_fuzz_cluster_xml_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

FUZZERS += %D%/fuzz_clouds_yaml
%C%_fuzz_clouds_yaml_SOURCES = %D%/fuzz_clouds_yaml.c $(FUZZ_MAIN)
%C%_fuzz_clouds_yaml_LDADD = lib/openstack/libopenstack.la
%C%_fuzz_clouds_yaml_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

FUZZERS += %D%/fuzz_keystone_json
%C%_fuzz_keystone_json_SOURCES = %D%/fuzz_keystone_json.c $(FUZZ_MAIN)
%C%_fuzz_keystone_json_LDADD = lib/openstack/libopenstack.la
%C%_fuzz_keystone_json_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

FUZZERS += %D%/fuzz_nova_json
%C%_fuzz_nova_json_SOURCES = %D%/fuzz_nova_json.c $(FUZZ_MAIN)
%C%_fuzz_nova_json_LDADD = lib/openstack/libopenstack.la
%C%_fuzz_nova_json_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

FUZZERS += %D%/fuzz_journal_host
%C%_fuzz_journal_host_SOURCES = %D%/fuzz_journal_host.c $(FUZZ_MAIN)
%C%_fuzz_journal_host_LDADD = lib/policy/libpolicy.la
%C%_fuzz_journal_host_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

FUZZERS += %D%/fuzz_status
%C%_fuzz_status_SOURCES = %D%/fuzz_status.c %D%/harmless.h $(FUZZ_MAIN)
%C%_fuzz_status_LDADD = tools/vmha/libtool.la lib/core/libcore.la
%C%_fuzz_status_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

FUZZERS += %D%/fuzz_notes
%C%_fuzz_notes_SOURCES = %D%/fuzz_notes.c tools/watchd/notes.c $(FUZZ_MAIN)
%C%_fuzz_notes_LDADD = lib/policy/libpolicy.la lib/core/libcore.la
%C%_fuzz_notes_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

FUZZERS += %D%/fuzz_wire
%C%_fuzz_wire_SOURCES = %D%/fuzz_wire.c $(FUZZ_MAIN)
%C%_fuzz_wire_LDADD = lib/cluster/libcluster.la lib/core/libcore.la
%C%_fuzz_wire_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

FUZZERS += %D%/fuzz_history
%C%_fuzz_history_SOURCES = %D%/fuzz_history.c $(FUZZ_MAIN)
%C%_fuzz_history_LDADD = tools/history/libhistory.la
%C%_fuzz_history_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

FUZZERS += %D%/fuzz_explain
%C%_fuzz_explain_SOURCES = %D%/fuzz_explain.c %D%/harmless.h $(FUZZ_MAIN)
%C%_fuzz_explain_LDADD = tools/vmha/libtool.la $(FAKE_GROUP) \
	lib/cluster/libcluster.la lib/core/libcore.la $(XML_LIBS)
%C%_fuzz_explain_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

FUZZERS += %D%/fuzz_select
%C%_fuzz_select_SOURCES = %D%/fuzz_select.c $(FUZZ_MAIN)
%C%_fuzz_select_LDADD = lib/policy/libpolicy.la
%C%_fuzz_select_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

FUZZERS += %D%/fuzz_report
%C%_fuzz_report_SOURCES = %D%/fuzz_report.c $(FUZZ_MAIN)
%C%_fuzz_report_LDADD = lib/policy/libpolicy.la
%C%_fuzz_report_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

FUZZERS += %D%/fuzz_sight
%C%_fuzz_sight_SOURCES = %D%/fuzz_sight.c $(FUZZ_MAIN)
%C%_fuzz_sight_LDADD = lib/policy/libpolicy.la
%C%_fuzz_sight_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

FUZZERS += %D%/fuzz_domain_xml
%C%_fuzz_domain_xml_SOURCES = %D%/fuzz_domain_xml.c $(FUZZ_MAIN)
%C%_fuzz_domain_xml_LDADD = lib/virt/libvirtlink.la
%C%_fuzz_domain_xml_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

FUZZERS += %D%/fuzz_asking
%C%_fuzz_asking_SOURCES = %D%/fuzz_asking.c $(FUZZ_MAIN)
%C%_fuzz_asking_LDADD = lib/policy/libpolicy.la
%C%_fuzz_asking_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

FUZZERS += %D%/fuzz_processes
%C%_fuzz_processes_SOURCES = %D%/fuzz_processes.c $(FUZZ_MAIN)
%C%_fuzz_processes_LDADD = lib/agent/libagent.la
%C%_fuzz_processes_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

FUZZERS += %D%/fuzz_mountinfo
%C%_fuzz_mountinfo_SOURCES = %D%/fuzz_mountinfo.c $(FUZZ_MAIN)
%C%_fuzz_mountinfo_LDADD = lib/policy/libpolicy.la
%C%_fuzz_mountinfo_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
