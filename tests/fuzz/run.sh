#!/usr/bin/env bash
# tests/fuzz/run.sh BUILD_DIR SECONDS: runs every fuzz target of a build (cmake --preset fuzz) for
# that long, from a copy of its corpus, as many at once as there are cores. Fails where one crashes;
# its input stays where it says.
set -euo pipefail

case "${1-}" in -h | --help) sed -n '2,4s/^# //p' "$0"; exit 0 ;; esac
if [ $# -ne 2 ]; then
  echo "usage: $0 BUILD_DIR SECONDS" >&2
  exit 2
fi
build=$1 seconds=$2
corpus=$(cd "$(dirname "$0")" && pwd)/corpus
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# fuzz TARGET: all that is said of it at once, as others run beside it.
fuzz() {
  local name
  name=$(basename "$1")
  mkdir -p "$work/$name"
  if [ -d "$corpus/$name" ]; then cp -r "$corpus/$name/." "$work/$name/"; fi
  if ! "$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -verbosity=0 \
    -print_final_stats=1 -artifact_prefix="$build/$name-" "$work/$name" \
    >"$work/$name.log" 2>&1; then
    printf '%s\n%s: FAILED, the input is %s\n' "$(cat "$work/$name.log")" "$name" "$build/$name-*" >&2
    return 255  # xargs begins no other
  fi
  printf '%s: %s s\n%s\n' "$name" "$seconds" \
    "$(sed -n 's/^stat::number_of_executed_units: */  runs: /p' "$work/$name.log")"
}
export -f fuzz
export build seconds corpus work

targets=()
for target in "$build"/tests/fuzz/fuzz_*; do
  if [ -f "$target" ] && [ -x "$target" ]; then targets+=("$target"); fi
done
if [ ${#targets[@]} -eq 0 ]; then
  echo "no fuzz targets in $build/tests/fuzz: build them with 'cmake --preset fuzz'" >&2
  exit 1
fi
printf '%s\0' "${targets[@]}" | xargs -0 -P "$(nproc)" -I{} bash -c 'fuzz {}'
