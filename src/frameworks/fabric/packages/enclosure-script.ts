/**
 * What a process does, in namespaces of its own, before it becomes a program of others: it makes a
 * root of nothing but the system's programs and the files that are named, goes there for good, and
 * gives up every right. Arguments: ROOT, the network (`host` or `own`), USER, FOLDER, then `r PATH`
 * and `w PATH`, `--`, PROGRAM. A line that fails ends it. /proc is new, and not to be written to:
 * what root may write there is the host's. Of /etc it sees what programs are loaded by, and whom
 * they trust.
 */
export const enclosureScript = `set -eu
umask 022
path=$PATH
PATH=/usr/sbin:/usr/bin:/sbin:/bin
root=$1 network=$2 user=$3 folder=$4
shift 4
show() {
  if [ -d "$2" ]; then mkdir -p "$root$2"; else
    mkdir -p "$root\${2%/*}"
    [ -e "$root$2" ] || : >"$root$2"
  fi
  mount --bind "$2" "$root$2"
  [ "$1" = r ] || return 0
  for flags in ro,nosuid,nodev ro,nosuid,nodev,noexec; do
    if mount -o "remount,bind,$flags" "$root$2" 2>/dev/null; then return 0; fi
  done
  echo "$2 cannot be made read-only" >&2
  return 1
}
[ "$network" = host ] || ip link set lo up
mount -t tmpfs -o size=16m,mode=755,nosuid,nodev none "$root"
mkdir "$root/tmp" "$root/proc" "$root/.host"
mount -t tmpfs -o size=64m,mode=1777,nosuid,nodev none "$root/tmp"
mount -t proc -o ro,nosuid,nodev,noexec none "$root/proc"
show r /usr
for one in /bin /sbin /lib /lib32 /lib64 /libx32; do
  if [ -L "$one" ]; then ln -s "$(readlink "$one")" "$root$one"
  elif [ -d "$one" ]; then show r "$one"; fi
done
for one in /etc/ld.so.cache /etc/ssl /etc/pki; do
  if [ -e "$one" ]; then show r "$one"; fi
done
for one in null zero random urandom; do show d "/dev/$one"; done
while [ "$1" != -- ]; do
  show "$1" "$2"
  if [ "$1" = w ] && [ "$user" != 0 ]; then chown -hR "$user:$user" "$root$2"; fi
  shift 2
done
shift
cd "$root"
pivot_root . .host
umount -l /.host
mount -o remount,bind,ro /
cd "$folder"
rights='--no-new-privs --inh-caps=-all --bounding-set=-all'
[ "$user" = 0 ] || rights="$rights --reuid=$user --regid=$user --clear-groups"
setpriv=$(command -v setpriv)
PATH=$path
unset OLDPWD
exec "$setpriv" $rights -- "$@"
`
