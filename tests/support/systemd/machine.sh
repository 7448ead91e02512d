#!/usr/bin/env bash
# A machine for tests, with a systemd of its own. Started by machine.ts as process 1 of new mount, pid, cgroup, network, UTS and IPC namespaces:
#   machine.sh system|user|none FOLDER CHECKOUT
# FOLDER is the machine's disk: etc, var and home survive a "reboot". Nothing else of the real machine can be written: its root is not there
# any more once this script has changed to a root of its own, /usr and the checkout are read-only, and so are /sys and /proc/sys.
# (A systemd that sees the real /tmp would empty it, and one that sees /proc/sys would set it.)
set -euo pipefail
readonly MODE=$1 FOLDER=$2 CHECKOUT=$3
readonly ROOT=$FOLDER/root
readonly UNITS=/opt/andon/tests/support/systemd/units

read_only() {
  mount --bind "$1" "$2"
  mount -o remount,bind,ro "$2"
}

# What is mounted here stays here.
mount --make-rprivate /
mkdir -p "$ROOT"
mount -t tmpfs -o mode=755 tmpfs "$ROOT"
mkdir -p "$ROOT"/{usr,opt/andon,etc,var,home,root,run,tmp,mnt,proc,sys,dev,old}
for link in bin sbin lib lib64; do ln -s "usr/$link" "$ROOT/$link"; done
read_only /usr "$ROOT/usr"
read_only "$CHECKOUT" "$ROOT/opt/andon"
for disk in etc var home; do mount --bind "$FOLDER/$disk" "$ROOT/$disk"; done
for volatile in root run tmp dev usr/local; do mount -t tmpfs -o mode=755 tmpfs "$ROOT/$volatile"; done
mkdir -p "$ROOT"/usr/local/{bin,share/man}
chmod 1777 "$ROOT/tmp"
chmod 700 "$ROOT/root"
for device in null zero full random urandom tty; do
  touch "$ROOT/dev/$device"
  mount --bind "/dev/$device" "$ROOT/dev/$device"
done
mkdir -m 1777 "$ROOT/dev/shm"
ln -s /proc/self/fd "$ROOT/dev/fd"

mount -t proc proc "$ROOT/proc"
read_only "$ROOT/proc/sys" "$ROOT/proc/sys"
# Not every kernel has it.
[ ! -e "$ROOT/proc/sysrq-trigger" ] || read_only "$ROOT/proc/sysrq-trigger" "$ROOT/proc/sysrq-trigger"
# Each boot has another one; machine.ts writes it.
read_only "$FOLDER/boot_id" "$ROOT/proc/sys/kernel/random/boot_id"
mount -t sysfs sysfs "$ROOT/sys"
mount -o remount,bind,ro "$ROOT/sys"
mount -t cgroup2 cgroup2 "$ROOT/sys/fs/cgroup"
# No generators: they look at what a machine has.
mkdir "$ROOT/run/nothing"
for generators in system-generators user-generators system-environment-generators user-environment-generators; do
  [ -d "$ROOT/usr/lib/systemd/$generators" ] && read_only "$ROOT/run/nothing" "$ROOT/usr/lib/systemd/$generators"
done

cd "$ROOT"
pivot_root . old
cd /
umount -l /old
rmdir /old
mount -o remount,ro /

# Be certain before anything of systemd starts: the folders that it would tidy up are new and empty, and the kernel's settings are closed.
refuse() {
  echo "machine.sh: $1" >&2
  exit 1
}
[ -z "$(ls -A /tmp)" ] || refuse '/tmp is not empty'
[ "$(stat -f -c %T /tmp)" = tmpfs ] && [ "$(stat -f -c %T /run)" = tmpfs ] || refuse '/tmp and /run are not of their own'
for closed in / /usr /opt/andon /proc/sys/kernel /sys/kernel; do
  ! touch "$closed/written" 2>/dev/null || refuse "$closed can be written"
done
for closed in /proc/sys/vm/swappiness /proc/sysrq-trigger; do [ ! -e "$closed" ] || [ ! -w "$closed" ] || refuse "$closed can be written"; done
while read -r _ _ _ _ point options _; do
  case $point in
    /etc | /var | /home | /root | /run | /tmp | /usr/local | /dev | /dev/* | /proc | /sys/fs/cgroup) ;;
    *) [[ ,$options, == *,ro,* ]] || refuse "$point is mounted for writing" ;;
  esac
done </proc/self/mountinfo

# What would reach the real machine without any file: its clock, its kernel, its devices.
readonly LESS=(setpriv --bounding-set -sys_time,-sys_boot,-sys_module,-sys_rawio,-mknod,-syslog,-wake_alarm,-mac_admin,-mac_override,-bpf,-perfmon)
export PATH=/usr/sbin:/usr/bin container=andon-test SYSTEMD_LOG_TARGET=journal
if [ "$MODE" = system ]; then
  export SYSTEMD_UNIT_PATH=/etc/systemd/system:/run/systemd/system:$UNITS SYSTEMD_GENERATOR_PATH=/run/nothing
  exec "${LESS[@]}" /usr/lib/systemd/systemd --system
fi

[ "$MODE" != none ] || exec "${LESS[@]}" sleep infinity

# The manager of the user ada, without a manager of the system: this script is process 1.
mkdir -p /run/systemd/system /run/user/1000 /sys/fs/cgroup/ada
chown -R ada: /run/user/1000 /sys/fs/cgroup/ada
chmod 700 /run/user/1000
# A manager of the system would do this.
ip link set lo up
export HOME=/home/ada USER=ada XDG_RUNTIME_DIR=/run/user/1000 SYSTEMD_LOG_TARGET=null
export SYSTEMD_UNIT_PATH=/home/ada/.config/systemd/user:$UNITS
(
  echo "$BASHPID" >/sys/fs/cgroup/ada/cgroup.procs
  cd /home/ada
  exec "${LESS[@]}" --reuid ada --regid ada --clear-groups /usr/lib/systemd/systemd --user
) &
wait
