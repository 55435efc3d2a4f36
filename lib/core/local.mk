# What everything else builds on; includes nothing of ours.
noinst_LTLIBRARIES += %D%/libcore.la
%C%_libcore_la_SOURCES = \
	%D%/buf.c %D%/buf.h \
	%D%/capture.c %D%/capture.h \
	%D%/child.c %D%/child.h \
	%D%/cleanup.h \
	%D%/clock.c %D%/clock.h \
	%D%/date.c %D%/date.h \
	%D%/error.c %D%/error.h \
	%D%/file.c %D%/file.h \
	%D%/log.c %D%/log.h \
	%D%/openmetrics.c %D%/openmetrics.h \
	%D%/pace.c %D%/pace.h \
	%D%/pairs.c %D%/pairs.h \
	%D%/scan.c %D%/scan.h \
	%D%/timer.c %D%/timer.h \
	%D%/xalloc.c %D%/xalloc.h
%C%_libcore_la_LIBADD = $(QB_LIBS) $(GLIB_LIBS)
