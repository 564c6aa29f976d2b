#!/usr/bin/env bash
# A Kubernetes cluster of one node, in namespaces of its own: etcd, the control plane, containerd, the
# kubelet and a name server. It runs until its standard input ends, and leaves nothing but STATE.
# Control groups have to be of version 1 or mixed, as on this project's test machines.
#
#   tests/cluster/node.sh STATE    STATE is a folder with images/*.tar; STATE/pid gets the number of a
#                                  process in the cluster's network, STATE/var/log/cluster the logs
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin=$here/../../build/cluster/bin debian=$here/../../build/tools
export PATH=$bin:$debian/usr/bin:$debian/usr/sbin:$PATH
address=10.244.0.1
# What the kubelet wants of the kernel, and sets for the whole machine unless it is there.
tunables=(vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1
  kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000)

case "${1-}" in
  -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
  /*) ;;
  *) echo "node.sh: give a folder by its whole path" >&2; exit 2 ;;
esac

# The control groups' file systems of this machine, one for each controller or one in all.
cgroup_mounts() { findmnt --noheadings --raw --types cgroup,cgroup2 --output "${1-TARGET}"; }

# Fails while something in them still ends.
remove_cgroups() {
  local mount
  for mount in $(cgroup_mounts); do
    [ ! -d "$mount/$group" ] || find "$mount/$group" -depth -type d -exec rmdir {} + || return 1
  done
}

# Moves this process into control groups of its own, which the namespace then has as its root.
enter_cgroups() {
  local mount
  for mount in $(cgroup_mounts); do
    mkdir "$mount/$group"
    if [ -e "$mount/$group/cpuset.cpus" ]; then
      cat "$mount/cpuset.cpus" >"$mount/$group/cpuset.cpus"
      cat "$mount/cpuset.mems" >"$mount/$group/cpuset.mems"
    fi
    echo "$BASHPID" >"$mount/$group/cgroup.procs"
  done
}

# /sys of the new network, with the control groups that this namespace sees.
mount_sys() {
  local kind target options
  cgroup_mounts FSTYPE,TARGET,FS-OPTIONS >"$state/cgroups"
  umount --recursive /sys
  mount -t sysfs sysfs /sys
  mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
  while read -r kind target options; do
    mkdir -p "$target"
    mount -t "$kind" -o "$options" "$kind" "$target"
  done <"$state/cgroups"
}

mount_all() {
  local tunable
  mount --make-rshared /
  mount_sys
  for tunable in "${tunables[@]}"; do
    echo "${tunable#*=}" >"$state/tunable-${tunable##*/}"
    mount --bind "$state/tunable-${tunable##*/}" "/proc/sys/${tunable%=*}"
  done
  # /var and /run of the node's own: what is mounted and written there goes with the namespaces.
  mkdir -p "$state"/var/{lib/kubelet,lib/cni,lib/etcd,log/pods,log/containers,log/cluster,tmp}
  ln -s /run "$state/var/run"
  mount --bind "$state/var" /var
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir -p /run/cluster/cni
  cp "$here"/node/* /run/cluster/
  mv /run/cluster/cni.conflist /run/cluster/cni/
  ln -s "$debian/usr/lib/cni" /run/cluster/cni-programs
  : >/run/cluster/resolv.conf
}

make_network() {
  ip link set lo up
  ip link add cni0 type bridge
  ip address add "$address/16" dev cni0
  ip link set cni0 up
  sysctl --quiet net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1
}

# start NAME COMMAND...: in the background, with a log of its own.
start() {
  local name=$1
  shift
  "$@" >"/var/log/cluster/$name.log" 2>&1 &
}

start_control_plane() {
  local key=/run/cluster/service-accounts.key config=/run/cluster/kubeconfig.yml
  openssl genrsa -out "$key" 2048 2>/dev/null
  echo 'in-this-namespace-only,admin,admin,system:masters' >/run/cluster/tokens.csv
  start etcd etcd --data-dir=/var/lib/etcd
  start apiserver kube-apiserver --etcd-servers=http://127.0.0.1:2379 --cert-dir=/run/cluster \
    --advertise-address="$address" --service-cluster-ip-range=10.96.0.0/16 \
    --token-auth-file=/run/cluster/tokens.csv --authorization-mode=RBAC \
    --service-account-issuer=https://kubernetes.default.svc \
    --service-account-key-file="$key" --service-account-signing-key-file="$key" --allow-privileged \
    --kubelet-preferred-address-types=InternalIP --feature-gates=SizeBasedListCostEstimate=false
  until curl --silent --insecure --fail --output /dev/null "https://$address:6443/readyz"; do sleep 0.2; done
  start controllers kube-controller-manager --kubeconfig="$config" --leader-elect=false \
    --service-account-private-key-file="$key" --root-ca-file=/run/cluster/apiserver.crt
  start scheduler kube-scheduler --kubeconfig="$config" --leader-elect=false
}

start_node() {
  local config=/run/cluster/kubeconfig.yml image
  start containerd containerd --config=/run/cluster/containerd.toml
  until ctr version >/dev/null 2>&1; do sleep 0.2; done
  for image in "$state"/images/*.tar; do ctr --namespace=k8s.io images import "$image"; done
  start kubelet kubelet --config=/run/cluster/kubelet.yml --kubeconfig="$config" \
    --node-ip="$address" --hostname-override=node
  start proxy kube-proxy --kubeconfig="$config" --hostname-override=node --cluster-cidr=10.244.0.0/16 \
    --conntrack-max-per-core=0
  start coredns coredns -conf /run/cluster/Corefile
}

# The first process of the namespaces: when it ends, all end.
inside() {
  mount_all
  make_network
  start_control_plane
  start_node
  wait
}

# Ends what runs in the namespaces, with which their mounts and networks go.
stop() {
  kill -KILL "$child" || true
  wait "$child" || true
  until remove_cgroups; do sleep 0.1; done
} 2>/dev/null

state=$1
if [ "${2-}" = --inside ]; then inside; exit; fi
group=litewatch-cluster-$$
(
  enter_cgroups
  exec unshare --mount --net --pid --uts --ipc --cgroup --fork --kill-child --mount-proc \
    "$0" "$state" --inside </dev/null
) &
child=$!
trap stop EXIT
echo "$child" >"$state/pid"
cat >/dev/null
