# Sourced by deploy/demo.sh and tests/run.sh: installs from Debian's packages what is missing, and
# unpacks server programs under build/tools instead of installing them as services.

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# install_packages PACKAGE...: those that are not installed yet.
install_packages() {
  local missing=()
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
      missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return 0
  echo "installing: ${missing[*]}"
  as_root apt-get update -qq
  DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >/dev/null
}

# unpack_tool PACKAGE: unpacks a Debian package under build/tools, once.
unpack_tool() {
  local package=$1 tools=$PWD/build/tools
  [ -e "$tools/.$package" ] && return 0
  mkdir -p "$tools/download"
  (
    cd "$tools/download" || exit 1
    apt-get download -qq "$package" 2>/dev/null || { as_root apt-get update -qq; apt-get download -qq "$package"; }
    dpkg-deb -x "$package"_*.deb "$tools"
    rm -f "$package"_*.deb
  )
  touch "$tools/.$package"
}

# unpack_alertmanager: and its templates where Debian's program looks for them at its start.
unpack_alertmanager() {
  local templates=usr/share/prometheus/alertmanager
  unpack_tool prometheus-alertmanager
  [ -e "/$templates/default.tmpl" ] && return 0
  as_root mkdir -p "/$templates"
  as_root cp "build/tools/$templates/default.tmpl" "build/tools/$templates/email.tmpl" "/$templates/"
}

# One checkout's objects serve another one's build.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

BUILD_PACKAGES=(ccache cmake ninja-build g++ pkg-config
  prometheus-cpp-dev libcpp-httplib-dev nlohmann-json3-dev libyaml-cpp-dev libspdlog-dev
  libdeflate-dev zlib1g-dev libssl-dev libcrypt-dev
  libcurl4-openssl-dev libc-ares-dev libre2-dev)

# build_preset PRESET [CMAKE_ARGUMENT...] [-- TARGET...]
build_preset() {
  local preset=$1 arguments=()
  shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do arguments+=("$1"); shift; done
  [ $# -gt 0 ] && shift
  cmake --preset "$preset" "${arguments[@]}" && cmake --build --preset "$preset" ${1:+--target "$@"}
}
