# The command line tool.  All but main is a library: tests and fuzz targets use
# its parts, and tests run the same program on another group.
noinst_LTLIBRARIES += %D%/libtool.la
%C%_libtool_la_SOURCES = \
	%D%/group-ask.c %D%/group-ask.h \
	%D%/cmd-arm.c \
	%D%/gather.c %D%/gather.h \
	%D%/explain.c %D%/explain.h \
	%D%/auditing.c %D%/auditing.h \
	%D%/cmd-check.c \
	%D%/cmd-history.c \
	%D%/cmd-host.c \
	%D%/cmd-plan.c \
	%D%/cmd-release.c \
	%D%/cmd-segment.c \
	%D%/cmd-setup.c \
	%D%/cmd-status.c \
	%D%/cmd-why.c \
	%D%/crm.c %D%/crm.h \
	%D%/roster.c %D%/roster.h \
	%D%/command.c %D%/command.h \
	%D%/document.c %D%/document.h \
	%D%/moment.c %D%/moment.h \
	%D%/nova-audit.c %D%/nova-audit.h \
	%D%/replies.c %D%/replies.h \
	%D%/status.c %D%/status.h \
	%D%/text.c %D%/text.h \
	%D%/verdict.c %D%/verdict.h \
	%D%/times.c %D%/times.h \
	%D%/view.c %D%/view.h \
	%D%/xml.c %D%/xml.h
%C%_libtool_la_LIBADD = tools/history/libhistory.la lib/param/libparam.la $(JSON_LIBS) $(GLIB_LIBS)
VMHA_MAIN = %D%/main.c

sbin_PROGRAMS += %D%/vmha
%C%_vmha_SOURCES = $(VMHA_MAIN)
%C%_vmha_LDADD = %D%/libtool.la lib/cluster/libcluster.la lib/core/libcore.la
