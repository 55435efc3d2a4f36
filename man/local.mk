# Manual pages: hand-written POD, with the sections that agents print about
# themselves.  The pages are in the tarball, so that they depend on an agent's
# sources; its program is only needed to make them.
MAN_PAGES = %D%/fence_vmha.8 %D%/ocf_vmha_gate.7 %D%/ocf_vmha_recovery.7 \
	%D%/ocf_vmha_watch.7 %D%/vmha.7 %D%/vmha.8 %D%/vmha-processes.conf.5 \
	%D%/vmha-recoveryd.8 %D%/vmha-watchd.8
MAN_PODS = %D%/fence_vmha.pod %D%/ocf_vmha_gate.pod %D%/ocf_vmha_recovery.pod \
	%D%/ocf_vmha_watch.pod %D%/vmha-7.pod %D%/vmha-8.pod \
	%D%/vmha-processes.conf.pod %D%/vmha-recoveryd.pod %D%/vmha-watchd.pod
dist_man_MANS += $(MAN_PAGES)
MAINTAINERCLEANFILES += $(MAN_PAGES)
TESTS += %D%/manual.t
EXTRA_DIST += $(MAN_PODS) %D%/manual.t %D%/podfill %D%/podpage

# $(PODPAGE) PAGE.SECTION [COMMAND that prints the agent's sections]
PODPAGE = $(AM_V_GEN)POD2MAN='$(POD2MAN)' RELEASE='$(VERSION)' \
	$(top_srcdir)/man/podpage

%D%/fence_vmha.8: %D%/fence_vmha.pod %D%/podfill stonith/fence_vmha.c \
		| stonith/fence_vmha
	$(PODPAGE) $@ stonith/fence_vmha --doc=pod
%D%/ocf_vmha_gate.7: %D%/ocf_vmha_gate.pod %D%/podfill agents/gate.c \
		| agents/gate
	$(PODPAGE) $@ agents/gate --doc=pod
%D%/ocf_vmha_recovery.7: %D%/ocf_vmha_recovery.pod %D%/podfill \
		agents/recovery.c lib/agent/recovery-conf.c | agents/recovery
	$(PODPAGE) $@ agents/recovery --doc=pod
%D%/ocf_vmha_watch.7: %D%/ocf_vmha_watch.pod %D%/podfill agents/watch.c \
		lib/agent/watch-conf.c | agents/watch
	$(PODPAGE) $@ agents/watch --doc=pod
%D%/vmha.7: %D%/vmha-7.pod
	$(PODPAGE) $@
%D%/vmha.8: %D%/vmha-8.pod
	$(PODPAGE) $@
%D%/vmha-recoveryd.8: %D%/vmha-recoveryd.pod %D%/podfill \
		tools/recoveryd/metrics.c | tools/recoveryd/vmha-recoveryd
	$(PODPAGE) $@ tools/recoveryd/vmha-recoveryd --doc=pod
%D%/vmha-watchd.8: %D%/vmha-watchd.pod
	$(PODPAGE) $@
%D%/vmha-processes.conf.5: %D%/vmha-processes.conf.pod %D%/podfill \
		lib/agent/processes-conf.c | tools/watchd/vmha-watchd
	$(PODPAGE) $@ tools/watchd/vmha-watchd --doc=pod
