#!/usr/bin/env bash
# Starts a real app on a live SQLite file, litewatch beside it, which watches the file, probes the app
# and shows its control group, and a real Prometheus that scrapes it every 5 s; prints where to look,
# and how to make the app fail. Ctrl-C leaves nothing behind.
#
#   deploy/demo.sh            until Ctrl-C
#   deploy/demo.sh --smoke    until values flow into Prometheus and failures are seen there, then stop;
#                             exit code 0 if so
set -euo pipefail
cd "$(dirname "$0")/.."
source deploy/dependencies.sh

smoke=false
case "${1-}" in
  "") ;;
  --smoke) smoke=true ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac

app_port=${DEMO_APP_PORT:-3000}
litewatch_port=${DEMO_LITEWATCH_PORT:-9871}
prometheus_port=${DEMO_PROMETHEUS_PORT:-9090}

mkdir -p build
install_packages "${BUILD_PACKAGES[@]}" python3 curl ca-certificates
unpack_tool prometheus
echo "building litewatch (the first time takes a few minutes)"
build_preset release -- litewatch litetool >build/demo-build.log 2>&1 ||
  { tail -n 40 build/demo-build.log; exit 1; }

for port in "$app_port" "$litewatch_port" "$prometheus_port"; do
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    echo "port $port is taken; set DEMO_APP_PORT, DEMO_LITEWATCH_PORT or DEMO_PROMETHEUS_PORT" >&2
    exit 1
  fi
done

work=$(mktemp -d)
children=()
groups=()
stop_all() {
  trap - EXIT
  trap '' INT TERM  # a second Ctrl-C does not leave things behind
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  for child in "${children[@]}"; do wait "$child" 2>/dev/null || true; done
  for group in "${groups[@]}"; do drop_group "$group"; done
  rm -rf "$work"
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start NAME COMMAND...: in the background, its output in a file.
start() {
  local name=$1
  shift
  "$@" >"$work/$name.log" 2>&1 &
  children+=($!)
}

# give_group PID: a control group like that of a service "shop", with a limit, so that litewatch shows
# the app beside its database and its probe. Does nothing where this user may not make one.
give_group() {
  local mount slice limit
  for mount in $(awk '$3 == "cgroup2" || ($3 == "cgroup" && $4 ~ /(^|,)(cpu|cpuacct|memory|pids)(,|$)/) \
    { print $2 }' /proc/mounts); do
    slice=$mount/litewatch-demo-$$.slice
    mkdir "$slice" 2>/dev/null || continue
    for controller in cpu io memory pids; do
      { echo "+$controller" >"$slice/cgroup.subtree_control"; } 2>/dev/null || true
    done
    if mkdir "$slice/shop.service" 2>/dev/null; then groups+=("$slice/shop.service"); fi
    groups+=("$slice")
    for limit in memory.max memory.limit_in_bytes; do
      if [ -e "$slice/shop.service/$limit" ]; then echo 256M >"$slice/shop.service/$limit"; fi
    done
    { echo "$1" >"$slice/shop.service/cgroup.procs"; } 2>/dev/null || true
  done
}

# drop_group FOLDER: the kernel may need a moment after the last process has ended.
drop_group() {
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    if rmdir "$1" 2>/dev/null; then return; fi
    sleep 0.1
  done
}

# wait_for WHAT SECONDS COMMAND...: until the command succeeds.
wait_for() {
  local what=$1 deadline=$((SECONDS + $2))
  shift 2
  until "$@" >/dev/null 2>&1; do
    for child in "${children[@]}"; do
      kill -0 "$child" 2>/dev/null || { echo "a program ended early:" >&2; tail -n 20 "$work"/*.log >&2; exit 1; }
    done
    if [ $SECONDS -ge $deadline ]; then
      echo "no $what after $deadline s" >&2
      tail -n 20 "$work"/*.log >&2
      exit 1
    fi
    sleep 0.3
  done
}

cat >"$work/litewatch.yml" <<EOF
databases:
  - path: $work/shop.db
    name: main
    app: shop
    objectives:
      oldest_reader: 5s
targets:
  - name: shop-health
    app: shop
    url: http://127.0.0.1:$app_port/healthz
    health: draft
    interval: 2s
    failing_interval: 1s
    timeout: 1s
    objectives:
      latency: 500ms
      availability: 0.999
EOF
cat >"$work/prometheus.yml" <<EOF
global:
  scrape_interval: 5s
scrape_configs:
  - job_name: litewatch
    static_configs:
      - targets: ["127.0.0.1:$litewatch_port"]
  - job_name: blackbox-exporter  # what the public blackbox dashboards and alerts expect
    http_sd_configs:
      - url: http://127.0.0.1:$litewatch_port/sd/http
        refresh_interval: 5s
EOF

start app python3 tests/demo_app/demo_app.py --db "$work/shop.db" --listen "127.0.0.1:$app_port"
give_group "${children[0]}"
wait_for "answer of the app" 10 curl -fsS "http://127.0.0.1:$app_port/healthz"
start litewatch build/release/litewatch --config.file="$work/litewatch.yml" \
  --web.listen-address="127.0.0.1:$litewatch_port"
wait_for "ready litewatch" 10 curl -fsS "http://127.0.0.1:$litewatch_port/-/ready"
start prometheus build/tools/usr/bin/prometheus --config.file="$work/prometheus.yml" \
  --storage.tsdb.path="$work/prometheus" --web.listen-address="127.0.0.1:$prometheus_port" \
  --log.level=warn
wait_for "ready Prometheus" 30 curl -fsS "http://127.0.0.1:$prometheus_port/-/ready"

cat <<EOF

  the app          http://127.0.0.1:$app_port/healthz
  litewatch        http://127.0.0.1:$litewatch_port/          (what a person reads)
                   http://127.0.0.1:$litewatch_port/metrics   (what Prometheus reads)
  Prometheus       http://127.0.0.1:$prometheus_port/graph?g0.expr=rate(sqlite_write_transactions_total%5B1m%5D)&g0.tab=0
  one database     build/release/litetool inspect $work/shop.db
  one endpoint     build/release/litetool probe http://127.0.0.1:$app_port/healthz
  make it fail     curl 'http://127.0.0.1:$app_port/fail?how=database'   (how else: /fail; mend: how=none)

EOF

# has_value EXPRESSION: Prometheus has a value above 0 for it.
has_value() {
  curl -fsS --get "http://127.0.0.1:$prometheus_port/api/v1/query" --data-urlencode "query=$1 > 0" |
    grep -q '"value":\['
}

# tell_app HOW: it fails like that from now on.
tell_app() { curl -fsS -X POST "http://127.0.0.1:$app_port/fail?how=$1" >/dev/null; }

if $smoke; then
  group_shown=()
  if [ ${#groups[@]} -gt 0 ]; then
    group_shown=('container_running{app="shop",container="shop.service"}')
  fi
  for expression in "${group_shown[@]}" 'sqlite_up{app="shop",db="main"}' 'sqlite_database_open{app="shop"}' \
    'sqlite_wal_frames{app="shop"}' 'rate(sqlite_write_transactions_total{app="shop"}[1m])' \
    'up{job="litewatch"}' 'litewatch_config_last_reload_successful' \
    'probe_success{app="shop",target="shop-health"}' \
    'probe_health_component_status{app="shop",component="database",status="pass"}' \
    'probe_health_component_observed_value{app="shop",component="orders"}' \
    "probe_success{job=\"blackbox-exporter\",instance=\"http://127.0.0.1:$app_port/healthz\"}"; do
    wait_for "value of $expression in Prometheus" 40 has_value "$expression"
    echo "  flows: $expression"
  done
  for failure in database:health_fail hang:response_timeout; do
    tell_app "${failure%:*}"
    wait_for "reason of the failure $failure in Prometheus" 40 \
      has_value "probe_failure_reason{app=\"shop\",reason=\"${failure#*:}\"}"
    echo "  seen: the app fails by ${failure%:*}, the probe says ${failure#*:}"
  done
  tell_app none
  wait_for "success after the mending in Prometheus" 40 \
    has_value 'probe_success{app="shop",target="shop-health"}'
  echo "  seen: the app is mended"
  echo "demo: ok"
  exit 0
fi
echo "Ctrl-C ends it all."
wait -n
echo "a program ended:" >&2
tail -n 20 "$work"/*.log >&2
exit 1
