# Packages: debian/ and rpm/ are in the tarball, from which both are built, with the
# time of the newest entry of debian/changelog.
EXTRA_DIST += debian rpm/vmha.spec
PACKAGES = packages

.PHONY: deb rpm
# Into the directory packages: an unpacked tree (RPM: a tree of rpmbuild's), packages
# and what else their tools leave.
deb: dist
	rm -rf $(PACKAGES)/deb && $(MKDIR_P) $(PACKAGES)/deb
	tar -C $(PACKAGES)/deb -xf $(distdir).tar.gz
	cd $(PACKAGES)/deb/$(distdir) && dpkg-buildpackage -us -uc -b $(DEB_FLAGS)
# "--nodeps" where the packages that it names have other names.
rpm: dist
	rm -rf $(PACKAGES)/rpm
	rpmbuild -tb --define "_topdir $(abs_builddir)/$(PACKAGES)/rpm" \
	  $(RPM_FLAGS) $(distdir).tar.gz

# Credentials go there.
install-data-local:
	$(MKDIR_P) -m 700 $(DESTDIR)$(sysconfdir)/vmha
