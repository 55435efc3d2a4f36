# The only part that knows Pacemaker and Corosync.  All but the fencer's file
# is built without what Pacemaker has deprecated, so that it survives 3.x.
noinst_LTLIBRARIES += %D%/libcluster.la %D%/libfencer.la
%C%_libcluster_la_SOURCES = \
	%D%/attribute.c %D%/attribute.h \
	%D%/audit.c %D%/audit.h %D%/audit-hosts.c %D%/audit-inside.h %D%/audit-status.c \
	%D%/cib-settings.c %D%/cib-settings.h \
	%D%/ciblink.c %D%/ciblink.h \
	%D%/cibsync.c %D%/cibsync.h \
	%D%/cluster-view.c %D%/cluster.c %D%/cluster.h \
	%D%/cluster-xml.c %D%/cluster-xml.h \
	%D%/element.c %D%/element.h \
	%D%/group.c %D%/group.h \
	%D%/journal-names.h %D%/journal-xml.c %D%/journal-xml.h \
	%D%/quorum.c %D%/quorum.h \
	%D%/recipes.c %D%/recipes.h \
	%D%/topology.c %D%/topology.h \
	%D%/wire.c %D%/wire.h
%C%_libcluster_la_CPPFLAGS = $(AM_CPPFLAGS) -DPCMK_ALLOW_DEPRECATED=0
%C%_libcluster_la_LIBADD = %D%/libfencer.la $(PCMK_LIBS) $(COROSYNC_LIBS) \
	$(XML_LIBS) $(GLIB_LIBS)

%C%_libfencer_la_SOURCES = %D%/fencer.c %D%/fencer.h
