# A scripted HTTP server for tests of clients.
noinst_LTLIBRARIES += %D%/libpeer.la
%C%_libpeer_la_SOURCES = \
	%D%/peer.c %D%/peer.h \
	%D%/peer-cloud.c %D%/peer-cloud.h
%C%_libpeer_la_LIBADD = lib/core/libcore.la
PEER_LIBS = %D%/libpeer.la
