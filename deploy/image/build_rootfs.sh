#!/usr/bin/env bash
# Builds litewatch and fills a folder with the root file system of its image. The Dockerfiles beside
# it run this; it needs no container engine.
#
#   deploy/image/build_rootfs.sh [--static] FOLDER     nothing but static programs, for an empty image
#   deploy/image/build_rootfs.sh --debian FOLDER       Debian 12's libraries, on Debian's base system
#
#   --files-only      with --debian: without the base system, for an image that has it
#   --build=FOLDER    where to compile; default: build/static or build/release
#   --no-compile      takes what is built there
#   --sources=FOLDER  with --static: the libraries' sources are there (FOLDER/curl ...) and only those
#                     missing are fetched; tests/deploy/debian_sources.sh makes such a folder
#
# FOLDER must be empty or not there yet. Files get the time SOURCE_DATE_EPOCH, by default that of the
# last commit, so that the same sources make the same image.
set -euo pipefail
cd "$(dirname "$0")/../.."

# Of the base system: what litewatch's libraries come from. apt finds the rest.
RUNTIME_PACKAGES=$(grep -v '^#' deploy/image/debian_packages.txt)

usage() { sed -n '2,16s/^# \{0,1\}//p' "$0"; }
fail() { echo "build_rootfs.sh: $1" >&2; exit "${2-1}"; }

variant=static files_only='' no_compile='' build='' sources='' out=''
for argument in "$@"; do
  case $argument in
    -h | --help) usage; exit 0 ;;
    --static | --debian) variant=${argument#--} ;;
    --files-only) files_only=yes ;;
    --no-compile) no_compile=yes ;;
    --build=?*) build=${argument#*=} ;;
    --sources=?*) sources=${argument#*=} ;;
    -*) fail "unknown option $argument; --help shows those there are" 2 ;;
    *) [ -z "$out" ] || fail "two folders are given: $out and $argument" 2; out=$argument ;;
  esac
done
[ -n "$out" ] || { usage >&2; exit 2; }
[ -z "$files_only" ] || [ "$variant" = debian ] || fail "--files-only goes with --debian" 2
[ -z "$sources" ] || [ "$variant" = static ] || fail "--sources goes with --static" 2
[ -z "$(ls -A "$out" 2>/dev/null)" ] || fail "$out is not empty"

SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH

# source_options: where the libraries' sources are, as CMake's FetchContent wants it said.
source_options() {
  local folder name
  [ -d "$sources" ] || fail "no folder $sources"
  for folder in "$(realpath "$sources")"/*/; do
    [ -d "$folder" ] || continue
    name=$(basename "$folder")
    printf '%s\n' "-DFETCHCONTENT_SOURCE_DIR_${name^^}=${folder%/}"
  done
}

preset=static
[ "$variant" = static ] || preset=release
build=${build:-build/$preset}

compile() {
  local options=() listed=''
  if [ -n "$sources" ]; then
    listed=$(source_options)
    [ -z "$listed" ] || mapfile -t options <<<"$listed"
  fi
  cmake --preset "$preset" -B "$build" "${options[@]}"
  cmake --build "$build" --target litewatch litetool
}

# install_files: litewatch's own without documentation that needs a shell to be read, and a
# configuration with which it starts.
install_files() {
  local component
  for component in programs content licenses; do
    DESTDIR=$(realpath "$out") cmake --install "$build" --prefix /usr --component "$component"
  done
  [ -x "$out/usr/bin/litewatch" ] || fail "$build holds no build that can be installed"
  install -D -m 644 LICENSE "$out/usr/share/doc/litewatch/copyright"
  install -D -m 644 deploy/image/litewatch.yml "$out/etc/litewatch/litewatch.yml"
}

# empty_base: what programs without a distribution look for.
empty_base() {
  install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$out/etc/ssl/certs/ca-certificates.crt"
  echo 'nonroot:x:65532:65532:nonroot:/:/sbin/nologin' >"$out/etc/passwd"
  echo 'nonroot:x:65532:' >"$out/etc/group"
  echo 'hosts: files dns' >"$out/etc/nsswitch.conf"
}

# debian_base: the essential packages and the libraries, of this machine's release.
debian_base() {
  mmdebstrap --variant=essential --quiet \
    --include="$(tr '\n' ',' <<<"$RUNTIME_PACKAGES")" bookworm "$out"
  # As in Debian's own slim images; licenses stay.
  find "$out/usr/share/doc" ! -type d ! -name copyright -delete
  rm -rf "${out:?}"/usr/share/{man,info,locale}/* "$out"/var/{cache,log,lib/apt/lists}/* \
    "${out:?}"/dev/*
  echo 'nonroot:x:65532:65532:nonroot:/:/usr/sbin/nologin' >>"$out/etc/passwd"
  echo 'nonroot:x:65532:' >>"$out/etc/group"
}

[ -n "$no_compile" ] || compile
mkdir -p "$out"
if [ "$variant" = debian ] && [ -z "$files_only" ]; then debian_base; fi
install_files
if [ "$variant" = static ]; then empty_base; fi
find "$out" -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
echo "$out: $(du --summarize --human-readable "$out" | cut -f1)"
