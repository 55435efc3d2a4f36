# Profiles of the daemons.  They are in complain mode: a denial that nobody has
# foreseen must not leave a VM dead (doc/threat-model.md).
APPARMOR_PROFILES = %D%/vmha-recoveryd %D%/vmha-watchd
if APPARMOR
apparmordir = $(sysconfdir)/apparmor.d
nodist_apparmor_DATA = $(APPARMOR_PROFILES)
endif
CLEANFILES += $(APPARMOR_PROFILES)
EXTRA_DIST += %D%/vmha-recoveryd.in %D%/vmha-watchd.in

$(APPARMOR_PROFILES): Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && sed \
	  -e 's,[@]libexecdir@,$(libexecdir),g' -e 's,[@]sysconfdir@,$(sysconfdir),g' \
	  -e 's,[@]localstatedir@,$(localstatedir),g' \
	  -e 's,[@]runstatedir@,$(runstatedir),g' \
	  $(top_srcdir)/$@.in >$@.new && mv $@.new $@
%D%/vmha-recoveryd: $(top_srcdir)/%D%/vmha-recoveryd.in
%D%/vmha-watchd: $(top_srcdir)/%D%/vmha-watchd.in
