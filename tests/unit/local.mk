# Unit tests: no root, no network, under a second each.
noinst_LTLIBRARIES += %D%/libtap.la
%C%_libtap_la_SOURCES = %D%/tap.c %D%/tap.h
UNIT_LIBS = %D%/libtap.la

check_PROGRAMS += %D%/core_test
%C%_core_test_SOURCES = %D%/core_test.c
%C%_core_test_LDADD = $(UNIT_LIBS) lib/core/libcore.la
TESTS += %D%/core_test

check_PROGRAMS += %D%/openmetrics_test
%C%_openmetrics_test_SOURCES = %D%/openmetrics_test.c
%C%_openmetrics_test_LDADD = $(UNIT_LIBS) lib/core/libcore.la
TESTS += %D%/openmetrics_test

check_PROGRAMS += %D%/child_test
%C%_child_test_SOURCES = %D%/child_test.c
%C%_child_test_LDADD = $(UNIT_LIBS) lib/core/libcore.la
TESTS += %D%/child_test

# The rules: pure, so a test needs nothing but the library.
POLICY_TESTS = %D%/answer_test %D%/asking_test %D%/brake_test %D%/capacity_test %D%/certainty_test \
	%D%/comeback_test %D%/disarm_test \
	%D%/guard_test %D%/incident_test %D%/levels_test \
	%D%/journal_test %D%/model_test %D%/opening_test \
	%D%/groups_test %D%/order_test %D%/orphan_test %D%/select_test %D%/sight_test %D%/turns_test \
	%D%/plan_test %D%/reading_test %D%/live_test %D%/state_test %D%/stuck_test \
	%D%/flaps_test %D%/journal-reserve_test %D%/mounts_test %D%/procs_test \
	%D%/report_test %D%/repair_test %D%/storm_test %D%/scheduling_test \
	%D%/reserve_test %D%/survey_test %D%/tidings_test %D%/vm_test \
	%D%/watch_test %D%/window_test
check_PROGRAMS += $(POLICY_TESTS)
TESTS += $(POLICY_TESTS)
POLICY_LIBS = $(UNIT_LIBS) lib/policy/libpolicy.la
%C%_answer_test_LDADD = $(POLICY_LIBS)
%C%_asking_test_LDADD = $(POLICY_LIBS)
%C%_brake_test_LDADD = $(POLICY_LIBS)
%C%_capacity_test_LDADD = $(POLICY_LIBS)
%C%_certainty_test_LDADD = $(POLICY_LIBS)
%C%_comeback_test_LDADD = $(POLICY_LIBS)
%C%_disarm_test_LDADD = $(POLICY_LIBS)
%C%_groups_test_LDADD = $(POLICY_LIBS)
%C%_guard_test_LDADD = $(POLICY_LIBS)
%C%_incident_test_LDADD = $(POLICY_LIBS)
%C%_journal_test_LDADD = $(POLICY_LIBS)
%C%_repair_test_LDADD = $(POLICY_LIBS)
%C%_mounts_test_LDADD = $(POLICY_LIBS)
%C%_procs_test_LDADD = $(POLICY_LIBS)
%C%_report_test_LDADD = $(POLICY_LIBS)
%C%_storm_test_LDADD = $(POLICY_LIBS)
%C%_scheduling_test_LDADD = $(POLICY_LIBS)
%C%_levels_test_LDADD = $(POLICY_LIBS)
%C%_model_test_SOURCES = %D%/model_test.c %D%/model-nova.c %D%/model-nova.h \
	%D%/model-world.c %D%/model-world.h
%C%_model_test_LDADD = $(POLICY_LIBS)
%C%_opening_test_LDADD = $(POLICY_LIBS)
%C%_order_test_LDADD = $(POLICY_LIBS)
%C%_plan_test_LDADD = $(POLICY_LIBS)
%C%_reading_test_LDADD = $(POLICY_LIBS)
%C%_select_test_LDADD = $(POLICY_LIBS)
%C%_flaps_test_LDADD = $(POLICY_LIBS)
%C%_journal_reserve_test_LDADD = $(POLICY_LIBS)
%C%_reserve_test_SOURCES = %D%/reserve_test.c %D%/reserve-stage.c \
	%D%/reserve-stage.h
%C%_reserve_test_LDADD = $(POLICY_LIBS)
%C%_survey_test_LDADD = $(POLICY_LIBS)
%C%_tidings_test_LDADD = $(POLICY_LIBS)
%C%_live_test_LDADD = $(POLICY_LIBS)
%C%_orphan_test_LDADD = $(POLICY_LIBS)
%C%_state_test_LDADD = $(POLICY_LIBS)
%C%_sight_test_LDADD = $(POLICY_LIBS)
%C%_stuck_test_LDADD = $(POLICY_LIBS)
%C%_turns_test_LDADD = $(POLICY_LIBS)
%C%_vm_test_LDADD = $(POLICY_LIBS)
%C%_watch_test_LDADD = $(POLICY_LIBS)
%C%_window_test_LDADD = $(POLICY_LIBS)

check_PROGRAMS += %D%/param_test
%C%_param_test_SOURCES = %D%/param_test.c
%C%_param_test_LDADD = $(UNIT_LIBS) lib/param/libparam.la
TESTS += %D%/param_test

check_PROGRAMS += %D%/doc_test
%C%_doc_test_SOURCES = %D%/doc_test.c
%C%_doc_test_LDADD = $(UNIT_LIBS) lib/param/libparam.la
TESTS += %D%/doc_test

check_PROGRAMS += %D%/cluster-xml_test
%C%_cluster_xml_test_SOURCES = %D%/cluster-xml_test.c
%C%_cluster_xml_test_LDADD = $(UNIT_LIBS) lib/cluster/libcluster.la \
	lib/core/libcore.la
TESTS += %D%/cluster-xml_test

check_PROGRAMS += %D%/audit_test
%C%_audit_test_SOURCES = %D%/audit_test.c
%C%_audit_test_LDADD = $(UNIT_LIBS) lib/cluster/libcluster.la \
	lib/core/libcore.la
TESTS += %D%/audit_test

check_PROGRAMS += %D%/attribute-xml_test
%C%_attribute_xml_test_SOURCES = %D%/attribute-xml_test.c
%C%_attribute_xml_test_LDADD = $(UNIT_LIBS) lib/cluster/libcluster.la \
	lib/core/libcore.la
TESTS += %D%/attribute-xml_test
EXTRA_DIST += %D%/data/cib-2.1.5-fenced.xml

check_PROGRAMS += %D%/topology_test
%C%_topology_test_SOURCES = %D%/topology_test.c
%C%_topology_test_LDADD = $(UNIT_LIBS) lib/cluster/libcluster.la \
	lib/core/libcore.la
TESTS += %D%/topology_test

check_PROGRAMS += %D%/cluster-fake_test
%C%_cluster_fake_test_SOURCES = %D%/cluster-fake_test.c
%C%_cluster_fake_test_LDADD = $(UNIT_LIBS) $(FAKE_CLUSTER) \
	lib/cluster/libcluster.la lib/core/libcore.la
TESTS += %D%/cluster-fake_test

VIEW_STAGE = %D%/view-stage.c %D%/view-stage.h $(RECOVERYD_SOURCES) \
	tests/fake/power-fake.c tests/fake/tidy-fake.c
VIEW_STAGE_LIBS = $(UNIT_LIBS) $(FAKE_GROUP) \
	lib/cluster/libcluster.la $(RECOVERYD_LIBS)
check_PROGRAMS += %D%/observe_test %D%/watermark_test
%C%_observe_test_SOURCES = %D%/observe_test.c $(VIEW_STAGE)
%C%_observe_test_LDADD = $(VIEW_STAGE_LIBS)
%C%_watermark_test_SOURCES = %D%/watermark_test.c $(VIEW_STAGE)
%C%_watermark_test_LDADD = $(VIEW_STAGE_LIBS)
TESTS += %D%/observe_test %D%/watermark_test

check_PROGRAMS += %D%/control_test
%C%_control_test_SOURCES = %D%/control_test.c
%C%_control_test_LDADD = $(UNIT_LIBS) lib/agent/libagent.la
TESTS += %D%/control_test

check_PROGRAMS += %D%/processes-conf_test
%C%_processes_conf_test_SOURCES = %D%/processes-conf_test.c
%C%_processes_conf_test_LDADD = $(UNIT_LIBS) lib/agent/libagent.la
TESTS += %D%/processes-conf_test

check_PROGRAMS += %D%/journal-xml_test
%C%_journal_xml_test_SOURCES = %D%/journal-xml_test.c
%C%_journal_xml_test_LDADD = $(UNIT_LIBS) lib/cluster/libcluster.la \
	lib/core/libcore.la $(XML_LIBS)
TESTS += %D%/journal-xml_test
check_PROGRAMS += %D%/http_test
%C%_http_test_SOURCES = %D%/http_test.c
%C%_http_test_LDADD = $(UNIT_LIBS) $(PEER_LIBS) lib/openstack/libopenstack.la
TESTS += %D%/http_test

check_PROGRAMS += %D%/clouds-yaml_test
%C%_clouds_yaml_test_SOURCES = %D%/clouds-yaml_test.c
%C%_clouds_yaml_test_LDADD = $(UNIT_LIBS) lib/openstack/libopenstack.la
TESTS += %D%/clouds-yaml_test

check_PROGRAMS += %D%/keystone-json_test
%C%_keystone_json_test_SOURCES = %D%/keystone-json_test.c
%C%_keystone_json_test_LDADD = $(UNIT_LIBS) lib/openstack/libopenstack.la
TESTS += %D%/keystone-json_test

check_PROGRAMS += %D%/nova-json_test
%C%_nova_json_test_SOURCES = %D%/nova-json_test.c
%C%_nova_json_test_LDADD = $(UNIT_LIBS) lib/openstack/libopenstack.la
TESTS += %D%/nova-json_test

check_PROGRAMS += %D%/cloud_test
%C%_cloud_test_SOURCES = %D%/cloud_test.c
%C%_cloud_test_LDADD = $(UNIT_LIBS) $(PEER_LIBS) lib/openstack/libopenstack.la
TESTS += %D%/cloud_test

NOVA_FIXTURE = %D%/nova-fixture.c %D%/nova-fixture.h
check_PROGRAMS += %D%/nova_test
%C%_nova_test_SOURCES = %D%/nova_test.c $(NOVA_FIXTURE)
%C%_nova_test_LDADD = $(UNIT_LIBS) $(PEER_LIBS) lib/openstack/libopenstack.la
TESTS += %D%/nova_test

check_PROGRAMS += %D%/nova-lists_test
%C%_nova_lists_test_SOURCES = %D%/nova-lists_test.c $(NOVA_FIXTURE)
%C%_nova_lists_test_LDADD = $(UNIT_LIBS) $(PEER_LIBS) \
	lib/openstack/libopenstack.la
TESTS += %D%/nova-lists_test

check_PROGRAMS += %D%/http-tls_test
%C%_http_tls_test_SOURCES = %D%/http-tls_test.c
%C%_http_tls_test_LDADD = $(UNIT_LIBS) $(PEER_LIBS) \
	lib/openstack/libopenstack.la
TESTS += %D%/http-tls_test
TOOL_LIBS = tools/vmha/libtool.la
check_PROGRAMS += %D%/wire_test
%C%_wire_test_SOURCES = %D%/wire_test.c
%C%_wire_test_LDADD = $(UNIT_LIBS) $(TOOL_LIBS) lib/cluster/libcluster.la \
	lib/core/libcore.la
TESTS += %D%/wire_test

check_PROGRAMS += %D%/moment_test
%C%_moment_test_SOURCES = %D%/moment_test.c
%C%_moment_test_LDADD = $(UNIT_LIBS) $(TOOL_LIBS) lib/core/libcore.la
TESTS += %D%/moment_test

check_PROGRAMS += %D%/view_test
%C%_view_test_SOURCES = %D%/view_test.c
%C%_view_test_LDADD = $(UNIT_LIBS) $(TOOL_LIBS) lib/core/libcore.la
TESTS += %D%/view_test

check_PROGRAMS += %D%/group-ask_test
%C%_group_ask_test_SOURCES = %D%/group-ask_test.c
%C%_group_ask_test_LDADD = $(UNIT_LIBS) $(TOOL_LIBS) $(FAKE_GROUP) \
	lib/cluster/libcluster.la lib/core/libcore.la $(GLIB_LIBS)
TESTS += %D%/group-ask_test

check_PROGRAMS += %D%/history_test
%C%_history_test_SOURCES = %D%/history_test.c
%C%_history_test_LDADD = $(UNIT_LIBS) tools/history/libhistory.la
TESTS += %D%/history_test

check_PROGRAMS += %D%/nova-audit_test
%C%_nova_audit_test_SOURCES = %D%/nova-audit_test.c
%C%_nova_audit_test_LDADD = $(UNIT_LIBS) $(TOOL_LIBS) $(FAKE_GROUP) \
	lib/cluster/libcluster.la lib/core/libcore.la
TESTS += %D%/nova-audit_test

check_PROGRAMS += %D%/explain_test
%C%_explain_test_SOURCES = %D%/explain_test.c
%C%_explain_test_LDADD = $(UNIT_LIBS) $(TOOL_LIBS) $(FAKE_GROUP) \
	lib/cluster/libcluster.la lib/core/libcore.la
TESTS += %D%/explain_test

check_PROGRAMS += %D%/domain-xml_test
%C%_domain_xml_test_SOURCES = %D%/domain-xml_test.c
%C%_domain_xml_test_LDADD = $(UNIT_LIBS) lib/virt/libvirtlink.la
TESTS += %D%/domain-xml_test

# On libvirt's test driver, which is a host within the process.
check_PROGRAMS += %D%/virtlink_test
%C%_virtlink_test_SOURCES = %D%/virtlink_test.c
%C%_virtlink_test_LDADD = $(UNIT_LIBS) lib/virt/libvirtlink.la
TESTS += %D%/virtlink_test
