# Parameters: one table gives parser, validation, metadata and manual.
noinst_LTLIBRARIES += %D%/libparam.la
%C%_libparam_la_SOURCES = \
	%D%/agent.h %D%/doc-fence.c %D%/doc-ocf.c %D%/doc-pod.c \
	%D%/doc-xml.c %D%/doc-xml.h \
	%D%/from-argv.c %D%/from-env.c %D%/from-file.c %D%/from-stdin.c \
	%D%/help.c \
	%D%/lines.c %D%/lines.h \
	%D%/markup.c %D%/markup.h \
	%D%/param.c %D%/param.h \
	%D%/to-file.c
%C%_libparam_la_LIBADD = lib/core/libcore.la
