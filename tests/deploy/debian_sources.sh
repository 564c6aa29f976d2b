#!/usr/bin/env bash
# Unpacks the sources of the libraries that LITEWATCH_DEPS=fetch would fetch, out of Debian's source
# packages, for machines that reach Debian's archive but no Git host.
#
#   tests/deploy/debian_sources.sh FOLDER     FOLDER/NAME for each library that is fetched
#   deploy/image/build_rootfs.sh --sources=FOLDER ...     builds from them
#
# Where Debian no longer has the release of a pin, the nearest below is taken, which its stable release
# keeps, and a line that starts with "NOTE:" says so. What is there already is left as it is.
set -euo pipefail
cd "$(dirname "$0")/../.."

case "${1-}" in
  -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
  "" | -*) echo "usage: $0 FOLDER" >&2; exit 2 ;;
esac
mkdir -p "$1"
out=$(realpath "$1")
state=$out/.apt

# The source package of each library, where it has another name.
declare -A PACKAGES=([absl]=abseil [cares]=c-ares [fmt]=fmtlib [httplib]=cpp-httplib
  [nlohmann_json]=nlohmann-json3)

# apt_own COMMAND...: with package lists of its own; this machine's stay as they are.
apt_own() {
  local command=$1
  shift
  "$command" -o Dir::Etc::sourcelist="$state/debian.sources" -o Dir::Etc::sourceparts=- \
    -o Dir::State::lists="$state/lists" -o Dir::Cache="$state/cache" -o APT::Sandbox::User=root "$@"
}

# From the archive that this machine gets its packages from.
update_lists() {
  local archive
  # shellcheck disable=SC2016  # they are apt's own
  archive=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
    awk '$2 !~ /security/ { print $1; exit }')
  mkdir -p "$state/lists/partial" "$state/cache"
  cat >"$state/debian.sources" <<END
Types: deb-src
URIs: $archive
Suites: bookworm trixie trixie-backports testing
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
  apt_own apt-get update -qq
}

# version_of TAG: the release, as a Debian version has it: v1.2 -> 1.2, curl-8_22_0 -> 8.22.0,
# 2024-07-02 -> 20240702.
version_of() {
  local tag=${1#curl-}
  tag=${tag#v}
  tag=${tag//_/.}
  echo "${tag//-/}"
}

# upstream VERSION: the release within a Debian version: 1:1.3.dfsg+really1.3.1-1 -> 1.3.1.
upstream() { sed -E 's/^[0-9]+://; s/-[^-]*$//; s/^.*really\.?//; s/[+~].*//; s/\.dfsg$//' <<<"$1"; }

# choose PACKAGE VERSION: the Debian version with that release, or else with the one nearest below.
choose() {
  local all version found=
  all=$(apt_own apt-cache showsrc --only-source "$1" | sed -n 's/^Version: //p' | sort -uV)
  [ -n "$all" ] || { echo "Debian has no sources of $1" >&2; return 1; }
  for version in $all; do
    if [ -z "$found" ] || dpkg --compare-versions "$(upstream "$version")" le "$2"; then found=$version; fi
  done
  if [ "$(upstream "$found")" != "$2" ]; then
    echo "NOTE: Debian no longer has $1 $2, which is pinned; $found is taken instead" >&2
  fi
  echo "$found"
}

# unpack NAME TAG
unpack() {
  local name=$1 package=${PACKAGES[$1]-$1} version fresh=$out/.unpack
  version=$(choose "$package" "$(version_of "$2")")
  rm -rf "$fresh"
  mkdir -p "$fresh/sources"
  # The release as it was published, without Debian's changes: the pins say nothing else.
  (cd "$fresh" && apt_own apt-get source -qq --download-only --tar-only "$package=$version")
  tar -xf "$fresh"/*.orig.tar.* -C "$fresh/sources" --strip-components=1
  # Debian's tarball is without what zlib's build looks into for further programs.
  if [ "$name" = zlib ]; then
    mkdir -p "$fresh/sources/contrib"
    touch "$fresh/sources/contrib/CMakeLists.txt"
  fi
  rm -rf "${out:?}/$name"
  mv "$fresh/sources" "$out/$name"
  rm -rf "$fresh"
  touch "$out/.$name-$2"
  echo "$name $version"
}

pins=$(sed -nE 's/^litewatch_fetch\(([^ ]+) [^ ]+ ([^ )]+).*/\1 \2/p' exporter/dependencies/*.cmake)
while read -r name tag; do
  [ -e "$out/.$name-$tag" ] && continue
  [ -d "$state/lists" ] || update_lists
  unpack "$name" "$tag"
done <<<"$pins"
rm -rf "$state"
