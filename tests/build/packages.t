#!/bin/bash
# The packages: make deb and make rpm build them, lintian is content, two builds
# give the same bytes, each holds what make install puts there, and a fresh Debian
# takes them, their upgrade and their removal.  Root; the packages of the set pack.
set -eu
cd "$(dirname "$0")/../.."
build=${VMHA_BUILD:-$PWD/out/build}
DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)"
export VMHA_BUILD=$build DEB_BUILD_OPTIONS
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
n=0 bad=0

ok() # NAME COMMAND...
{
    local name=$1 out verdict=ok
    shift
    out=$("$@" 2>&1) || verdict="not ok" bad=1
    n=$((n + 1))
    echo "$verdict $n - $name"
    [ "$verdict" = ok ] || tail -n 40 <<<"$out" | sed 's/^/# /'
}

# same FILE FILE: two lists.
same() { diff "$1" "$2"; }

version=$(sed -n 's/^AC_INIT(\[vmha\], \[\([^]]*\)\].*/\1/p' configure.ac)
deb=$build/packages/deb

# --- building ---------------------------------------------------------------

one_version()
{
    head -n 1 debian/changelog | grep -F "vmha ($version) " &&
        grep -x "Version: *$version" rpm/vmha.spec
}
ok "one version: configure.ac, debian/changelog, the spec" one_version

# Meanwhile the fresh system.
root=$work/root
unshare --mount mmdebstrap --quiet --variant=apt --skip=cleanup/apt bookworm "$root" >"$work/root.log" 2>&1 &
ok "make deb" make -C "$build" deb
ok "a second build, elsewhere" make -C "$build" deb PACKAGES="$work/again"
sums() { (cd "$1" && sha256sum vmha*.deb); }
sums "$deb" >"$work/sums" && sums "$work/again/deb" >"$work/sums-again"
ok "it gives the same bytes" same "$work/sums" "$work/sums-again"
ok "lintian is content" lintian --allow-root --fail-on error,warning \
    "$deb"/vmha_*.changes
ok "make rpm" make -C "$build" rpm \
    RPM_FLAGS="--nodeps --define 'optflags -O0' --define '_smp_mflags -j2'"

# --- what is in them --------------------------------------------------------

# What make install puts there; COPYING is in every package, under other names.
installed()
{
    (cd "$build/stage" && find . -type f) | sed 's,^\.,,' |
        grep -v '/doc/vmha/COPYING$' | sort
}
# contents FILE...: that of packages, as make install has it.
contents()
{
    local file
    for file; do
        dpkg-deb --fsys-tarfile "$file" | tar -t
    done | sed -n -e 's,^\.,,' -e 's,\(/man/.*\|/NEWS\)\.gz$,\1,' -e '/[^/]$/p' |
        grep -vE '/lintian/|/(changelog.gz|copyright|README.Debian)$' | sort
}
installed >"$work/installed"
contents "$deb"/vmha{,-compute,-doc}_*.deb >"$work/debs"
ok "the packages have what make install has" same "$work/installed" "$work/debs"
mapfile -t rpms < <(find "$build/packages/rpm/RPMS" -name '*.rpm' | grep -v debug)
for rpm in "${rpms[@]}"; do
    rpm -qlvp "$rpm" 2>/dev/null | awk '/^-/ {print $NF}' |
        sed 's,\(/man/.*\)\.gz$,\1,'
done | grep -vE '/licenses/|/COPYING$' | sort -u >"$work/rpms"
grep -v '/apparmor.d/' "$work/installed" >"$work/wanted"
ok "so have the RPMs, but for AppArmor" same "$work/wanted" \
    "$work/rpms"
for profile in vmha-recoveryd vmha-watchd; do
    ok "AppArmor takes $profile" apparmor_parser --skip-kernel-load \
        --skip-cache --quiet "$build/stage/etc/apparmor.d/$profile"
done

# --- a fresh system ---------------------------------------------------------

ok "a fresh Debian" wait $!
[ -d "$root/etc" ] || { cat "$work/root.log"; echo "Bail out! no fresh Debian"; exit 1; }

# The same package as a release before it.
for name in vmha vmha-compute vmha-doc; do
    dpkg-deb -R "$deb/$name"_[0-9]*.deb "$work/old"
    sed -i "s/$version/0.0.9/" "$work/old/DEBIAN/control"
    mkdir -p "$root/old" "$root/new"
    dpkg-deb -b "$work/old" "$root/old/$name.deb" >/dev/null
    cp "$deb/$name"_[0-9]*.deb "$root/new/$name.deb"
    rm -rf "$work/old"
done
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
cp /etc/resolv.conf "$root/etc/"

inside() { LC_ALL=C DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"; }
apt() { inside apt-get -q -y --no-install-recommends "$@"; }
has() { inside dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -x installed; }
lacks() { ! has "$1"; }
is_version() { inside dpkg-query -W -f '${Version}' "$1" | grep -x "$2"; }
mode_is() { [ "$(stat -c '%a %U' "$root$1")" = "$2 root" ]; }
# What of ours is left, but for the packages themselves.
left() { (cd "$root" && find etc run usr var -name '*vmha*' ! -path 'var/cache/*'); }
left_is() { [ "$(left)" = "$1" ] || { left; false; }; }
own() # FILE TEXT: what an administrator writes.
{
    (umask 077 && echo "$2" >"$root$1")
}

ok "vmha-compute is installed" apt install /old/vmha-compute.deb
ok "it brings Pacemaker Remote" has pacemaker-remote
ok "not Pacemaker" lacks pacemaker
ok "its agents run" inside /usr/lib/ocf/resource.d/vmha/gate meta-data
ok "its daemon, too" inside /usr/libexec/vmha/vmha-watchd --version
own /etc/vmha/processes.conf "# mine"
ok "it is upgraded" apt install /new/vmha-compute.deb
ok "to this version" is_version vmha-compute "$version"
ok "it is removed" apt purge vmha-compute pacemaker-remote
ok "what the administrator wrote stays, nothing else" left_is etc/vmha
ok "as it was" grep -x "# mine" "$root/etc/vmha/processes.conf"
rm -r "$root/etc/vmha"

ok "vmha is installed, with Pacemaker" apt install /old/vmha.deb \
    /old/vmha-compute.deb /old/vmha-doc.deb
ok "with Pacemaker" has pacemaker
ok "not Pacemaker Remote" lacks pacemaker-remote
ok "its directory of credentials is root's alone" mode_is /etc/vmha 700
ok "the command runs" inside vmha --version
ok "all agents say what they are" inside sh -ec '
    for agent in gate recovery watch; do
        /usr/lib/ocf/resource.d/vmha/$agent meta-data
    done
    fence_vmha -o metadata'
own /etc/vmha/clouds.yaml "clouds: {}"
mkdir -m 700 "$root/var/lib/vmha"
own /var/lib/vmha/history-vmha.jsonl "{}"
ok "it is upgraded" apt install /new/vmha.deb /new/vmha-compute.deb /new/vmha-doc.deb
ok "to this version" is_version vmha "$version"
ok "it is removed" apt remove vmha vmha-compute vmha-doc
ok "the decision log stays" test -e "$root/var/lib/vmha/history-vmha.jsonl"
ok "it is purged" apt purge vmha vmha-compute vmha-doc
ok "the administrator's credentials stay, nothing else" left_is etc/vmha
ok "they are root's alone" mode_is /etc/vmha/clouds.yaml 600
echo "1..$n"
exit $bad
