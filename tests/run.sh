#!/usr/bin/env bash
# Builds and runs every test on a Debian 12 machine; installs what it needs from Debian's packages.
#
#   tests/run.sh               everything; this is what CI runs
#   tests/run.sh STEP...       only these steps: release unit format docs e2e deploy demo asan tsan fuzz bench tidy
#   tests/run.sh cluster       a real Kubernetes, built first, and litewatch in it; no part of everything
#   LITEWATCH_FULL=1 tests/run.sh deploy   also whole image builds and a real Loki, built first: an hour
#   FUZZ_SECONDS=600 tests/run.sh fuzz     each fuzz target for ten minutes (default 5 s)
#   UPDATE_GOLDEN=1 tests/run.sh docs e2e  writes the golden files anew; look at the diff
#
# A test that cannot run prints a line that starts with "SKIP:" and its reason. With CI=true a skip
# is a failure. "NOT HERE:" is one that needs another kernel or its settings, and no failure.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
source deploy/dependencies.sh
source tests/deploy/tools.sh

ALL_STEPS=(release unit format docs e2e deploy demo asan tsan fuzz bench tidy)
TEST_PACKAGES=(catch2 libsqlite3-dev libbenchmark-dev clang clang-format clang-tidy
  libclang-rt-14-dev strace fuse3 libfuse3-dev python3 curl openssl ca-certificates util-linux
  nghttp2-server iproute2 python3-yaml faketime)
FUZZ_SECONDS=${FUZZ_SECONDS:-5}

case "${1-}" in -h | --help) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
steps=("$@")
[ ${#steps[@]} -gt 0 ] || steps=("${ALL_STEPS[@]}")

logs=build/test-logs
mkdir -p "$logs"
passed=0 failed=0 skipped=0

# ctest of a preset's build; sanitizers stop at the first finding.
run_ctest() {
  local status=0
  ctest --test-dir "build/$1" --parallel "$(nproc)" --output-on-failure --timeout 600 || status=$?
  # ctest keeps to itself what a passing test prints.
  grep -h '^SKIP:' "build/$1/Testing/Temporary/LastTest.log" | sort -u
  return $status
}

do_release() { build_preset release -DLITEWATCH_TESTS=ON -DLITEWATCH_WERROR=ON; }
do_unit() { run_ctest release; }
do_format() {
  git ls-files '*.h' '*.cpp' | xargs clang-format --dry-run --Werror
}
do_docs() {
  local fresh=build/docs
  mkdir -p "$fresh"
  build/release/litetool docs --format=md >"$fresh/METRICS.md"
  build/release/litetool docs --format=json >"$fresh/metrics.json"
  if [ -n "${UPDATE_GOLDEN-}" ]; then cp "$fresh"/* exporter/; fi
  if ! diff -u exporter/METRICS.md "$fresh/METRICS.md" ||
    ! diff -u exporter/metrics.json "$fresh/metrics.json"; then
    echo "the metric reference is stale: run UPDATE_GOLDEN=1 tests/run.sh docs"
    return 1
  fi
}
do_e2e() {
  unpack_tool prometheus
  unpack_tool prometheus-blackbox-exporter
  unpack_alertmanager
  tests/run_modules.py tests/e2e
}
# Begins to install the tools of the step deploy, some of which are compiled where they are not there
# yet: the steps before it leave time for that.
begin_deploy() {
  install_packages "${DEPLOY_PACKAGES[@]}" || return 1
  set -m  # a group of its own, to end all of it
  (
    renice -n 19 "$BASHPID"
    deploy_tools
  ) >"$logs/deploy-tools.log" 2>&1 </dev/null &
  deploy_preparation=$!
  set +m
  trap 'kill -- "-$deploy_preparation" 2>/dev/null' EXIT
}
do_deploy() {
  local status=0
  wait "$deploy_preparation" || status=$?
  cat "$logs/deploy-tools.log"
  [ "$status" = 0 ] || return 1
  unpack_tool prometheus
  unpack_alertmanager
  tests/run_modules.py tests/deploy --limit 3600  # for a static build whose objects no cache has
}
# Not among ALL_STEPS: to build Kubernetes for it takes longer than all of them, the first time.
do_cluster() {
  install_packages "${DEPLOY_PACKAGES[@]}" iptables && deploy_tools && tests/cluster/build.sh || return 1
  local package
  for package in etcd-server containerd runc containernetworking-plugins; do unpack_tool "$package"; done
  python3 -m unittest discover --start-directory tests/cluster --pattern '*_test.py' --verbose
}
do_demo() {
  DEMO_APP_PORT=13000 DEMO_LITEWATCH_PORT=19871 DEMO_PROMETHEUS_PORT=19090 \
    DEMO_ALERTMANAGER_PORT=19093 DEMO_WEBHOOK_PORT=19095 deploy/demo.sh --smoke
}
# run_e2e BUILD PATTERN OPTION...: end-to-end tests with the programs of another build.
run_e2e() {
  LITEWATCH_BUILD=$PWD/build/$1 tests/run_modules.py tests/e2e --logs "$logs/e2e-$1" \
    --pattern "$2" "${@:3}"
}
do_asan() {
  build_preset asan && unpack_tool prometheus || return 1
  local -x ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1
  run_ctest asan && run_e2e asan 'container_*_test.py' -k churn
}
do_tsan() {
  # ThreadSanitizer of this age wants the address space that address randomisation leaves alone.
  build_preset tsan && unpack_tool prometheus || return 1
  local -x TSAN_OPTIONS=halt_on_error=1
  export -f run_ctest run_e2e
  setarch -R bash -c "run_ctest tsan &&
    run_e2e tsan 'probe_*_test.py' -k reload -k sigterm -k leave &&
    run_e2e tsan 'container_*_test.py' -k churn"
}
do_fuzz() { build_preset fuzz && tests/fuzz/run.sh build/asan "$FUZZ_SECONDS"; }
do_bench() { tests/bench/run.sh build/release; }
do_tidy() {
  cmake --preset dev >/dev/null &&
    git ls-files 'exporter/*.cpp' | xargs tests/tidy.py build/dev
}

run_step() {
  local step=$1 log=$logs/$1.log start=$SECONDS
  printf '%-8s ' "$step"
  if "do_$step" >"$log" 2>&1 </dev/null; then
    printf 'ok      %4d s\n' $((SECONDS - start))
    passed=$((passed + 1))
  else
    printf 'FAILED  %4d s, the end of %s:\n' $((SECONDS - start)) "$log"
    tail -n 60 "$log"
    failed=$((failed + 1))
  fi
  local skips
  grep '^NOT HERE:' "$log"
  skips=$(grep -c '^SKIP:' "$log")
  if [ "$skips" -gt 0 ]; then
    grep '^SKIP:' "$log"
    skipped=$((skipped + skips))
  fi
}

install_packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}" || exit 1
for step in "${steps[@]}"; do
  declare -F "do_$step" >/dev/null || { echo "no step \"$step\"; there are: ${ALL_STEPS[*]}" >&2; exit 2; }
done
case " ${steps[*]} " in *" deploy "*) begin_deploy || exit 1 ;; esac
for step in "${steps[@]}"; do run_step "$step"; done
for step in "${steps[@]}"; do
  if [ "$step" = bench ]; then cat "$logs/bench.log"; fi
done

if [ "${CI-}" = true ] && [ "$skipped" -gt 0 ]; then
  echo "a test was skipped, which CI does not accept"
  failed=$((failed + 1))
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
