# The decision log: written by the daemon, read by it and by the command line
# tool, replayed by tests.
noinst_LTLIBRARIES += %D%/libhistory.la
%C%_libhistory_la_SOURCES = \
	%D%/facts.c %D%/facts.h \
	%D%/line.c %D%/line.h \
	%D%/logfile.c %D%/logfile.h \
	%D%/put.c %D%/put.h \
	%D%/query.c %D%/query.h
%C%_libhistory_la_LIBADD = lib/policy/libpolicy.la lib/core/libcore.la \
	$(JSON_LIBS)
