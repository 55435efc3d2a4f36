# Guides.
guidedir = $(docdir)/doc
dist_guide_DATA = %D%/from-instance-ha.md %D%/from-masakari.md %D%/guide.md \
	%D%/threat-model.md %D%/troubleshooting.md
