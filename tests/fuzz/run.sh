#!/bin/sh
# tests/fuzz/run.sh BUILD_DIR SECONDS: runs every fuzz target of a build (cmake --preset fuzz) for
# that long, from a copy of its corpus. Fails at the first crash; its input stays where it says.
set -eu

if [ $# -ne 2 ]; then
  echo "usage: $0 BUILD_DIR SECONDS" >&2
  exit 2
fi
build=$1
seconds=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

found=0
for target in "$build"/tests/fuzz/fuzz_*; do
  if ! [ -f "$target" ] || ! [ -x "$target" ]; then continue; fi
  found=$((found + 1))
  name=$(basename "$target")
  mkdir -p "$work/$name"
  [ -d "$here/corpus/$name" ] && cp -r "$here/corpus/$name/." "$work/$name/"
  echo "$name: $seconds s"
  if ! "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -verbosity=0 \
    -print_final_stats=1 -artifact_prefix="$build/$name-" "$work/$name" \
    >"$work/$name.log" 2>&1; then
    cat "$work/$name.log" >&2
    echo "$name: FAILED, the input is $build/$name-*" >&2
    exit 1
  fi
  sed -n 's/^stat::number_of_executed_units: */  runs: /p' "$work/$name.log"
done

if [ "$found" -eq 0 ]; then
  echo "no fuzz targets in $build/tests/fuzz: build them with 'cmake --preset fuzz'" >&2
  exit 1
fi
