# shellcheck shell=bash
# libvirt and QEMU on the lab's compute nodes, with ocf:vmha:watch; sourced after
# lab/functions.sh.  TOP is the source tree.

# computes_have_libvirt: before start_lab.
computes_have_libvirt()
{
    VIRT_STAGE=$LAB_OUT/virt-$SCENARIO-$$
    rm -rf "$VIRT_STAGE"
    mkdir -p "$VIRT_STAGE/etc"
    cp -r "$TOP/tests/guests/libvirt" "$VIRT_STAGE/etc/libvirt"
    export LAB_STAGE_CMP=$VIRT_STAGE
    export LAB_RESOURCES=$TOP/tests/scenario/watch.xml
    export LAB_CONSTRAINTS=$TOP/tests/scenario/watch-constraints.xml
}

virsh() { lab node cmp1 virsh "$@"; }
has_libvirt() { virsh version >/dev/null 2>&1; }
qemu_pid() { lab node cmp1 cat /run/libvirt/qemu/vm1.pid; }

start_libvirtd() # [HOST...]: on cmp1, or these
{
    local host
    rm -rf "$VIRT_STAGE" # the lab has its copy
    for host in "${@:-cmp1}"; do
        lab node "$host" bash -c \
            'setsid libvirtd >/var/log/libvirtd.out 2>&1 &'
    done
}

# define_vm UUID: a VM without a guest; its QEMU is all that matters here.
define_vm()
{
    lab node cmp1 bash -c 'cat >/tmp/domain' <<END
<domain type='qemu'>
  <name>vm1</name>
  <uuid>$1</uuid>
  <metadata>
    <nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'/>
  </metadata>
  <memory unit='MiB'>16</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices><emulator>/usr/bin/qemu-system-x86_64</emulator></devices>
</domain>
END
    virsh define /tmp/domain >/dev/null
}

# What the CIB says of cmp1: its value, or nothing.
faults()
{
    lab ctl cibadmin --query --xpath \
        "//node_state[@uname='cmp1']//nvpair[@name='vmha-faults']" 2>/dev/null |
        sed -n 's/.* value="\([^"]*\)".*/\1/p'
}

faults_are() { [[ "$(faults)" =~ ^v1\;[0-9]+\;$1$ ]]; } # COUNT;WORST
