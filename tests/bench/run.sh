#!/usr/bin/env bash
# Prints the figures measured side by side in one run. tests/bench/run.sh [BUILD_FOLDER]
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build/release}
"$build/tests/bench/page_bench"
echo
"$build/tests/bench/sqlite_bench"
echo
"$build/tests/bench/container_bench"
echo
LITEWATCH_BUILD=$build python3 tests/bench/resident.py
echo
LITEWATCH_BUILD=$build python3 tests/bench/sizing.py
echo
bash -ec 'source deploy/dependencies.sh && unpack_tool prometheus-blackbox-exporter' ||
  true  # the bench says that it is missing
LITEWATCH_BUILD=$build python3 tests/bench/probe_bench.py
