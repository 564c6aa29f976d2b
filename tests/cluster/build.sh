#!/usr/bin/env bash
# Builds Kubernetes, CoreDNS and the pause program from their Go modules into build/cluster/bin, unless
# they are there. 46 minutes on two busy cores, and gigabytes of Go's caches.
#
#   tests/cluster/build.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
source tests/deploy/tools.sh

KUBERNETES=1.34.4
COREDNS=1.14.4
COMMANDS=(kube-apiserver kube-controller-manager kube-proxy kube-scheduler kubectl kubelet)
here=$PWD/tests/cluster bin=$PWD/build/cluster/bin

case "${1-}" in -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;; esac

# A module that needs the commands. Kubernetes replaces its parts by folders of its repository, which its
# module does not have; they are modules of their own, 0.x instead of 1.x.
write_kubernetes() {
  local module=$1
  {
    printf 'module cluster\n\n'
    grep -E '^(go|godebug) ' "$module/go.mod"
    printf 'require k8s.io/kubernetes v%s\n' "$KUBERNETES"
    sed -nE "s#^\s+(k8s.io/\S+) => ./staging/.*#replace \1 => \1 v0.${KUBERNETES#1.}#p" "$module/go.mod"
  } >go.mod
  install -m 644 "$module/go.sum" go.sum
  {
    printf '//go:build tools\n\npackage cluster\n\n'
    printf 'import _ "k8s.io/kubernetes/cmd/%s"\n' "${COMMANDS[@]}"
  } >tools.go
}

# What the programs say of their version; Helm and the kubelet's checks go by it.
version_flags() {
  local package minor=${KUBERNETES#1.}
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    printf -- '-X %s ' "$package.gitVersion=v$KUBERNETES" \
      "$package.gitMajor=1" "$package.gitMinor=${minor%.*}"
  done
}

build_kubernetes() {
  local go=$1 module
  module=$("$go" mod download -json "k8s.io/kubernetes@v$KUBERNETES" | sed -nE 's/^.*"Dir": "(.*)".*$/\1/p')
  write_kubernetes "$module"
  "$go" mod tidy
  "$go" build -trimpath -ldflags "-s -w $(version_flags)" -o "$bin/" "${COMMANDS[@]/#/k8s.io/kubernetes/cmd/}"
  cc -Os -static -o "$bin/pause" "$module/build/pause/linux/pause.c"
}

build_coredns() {
  local go=$1
  cp "$here/coredns.go" main.go
  printf 'module coredns\n\ngo %s\n' "$GO_VERSION" >go.mod
  "$go" get "github.com/coredns/coredns@v$COREDNS"
  "$go" mod tidy
  "$go" build -trimpath -ldflags '-s -w' -o "$bin/coredns" .
}

# once NAME VERSION: in a folder of its own.
once() (
  stamp=$bin/.$1-$2
  [ ! -e "$stamp" ] || exit 0
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  cd "$folder"
  "build_$1" "$go"
  touch "$stamp"
)

mkdir -p "$bin"
go=$(go_command) || { echo "cannot be had: Go $GO_VERSION"; exit 1; }
export CGO_ENABLED=0
once kubernetes "$KUBERNETES"
once coredns "$COREDNS"
