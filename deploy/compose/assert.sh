#!/usr/bin/env bash
# Proves that a stack tells when its app is down: stops the app, waits until the alert is in the sink,
# starts the app, waits until the sink is told that it is over. Works on any stack that it can reach:
#
#   assert.sh [OPTION...]
#
#   --stop=COMMAND        stops the app (default: docker compose stop app, of the compose.yml beside this)
#   --start=COMMAND       starts it (default: docker compose up of app and litewatch-sidecar)
#   --app=NAME            its label `app` (shop)
#   --alert=NAME          the alert (AppDown)
#   --within=SECONDS      from the stop until the alert is in the sink (90)
#   --resolved=SECONDS    from the start until the sink is told so (420); Alertmanager tells it at the
#                         end of its group_interval, 5 minutes in rules/alertmanager.yml
#   --healthy=SECONDS     until the stack is fit to begin with (120)
#   --sink=URL            what notifications.py tells (http://127.0.0.1:9095, or $SINK_URL)
#   --prometheus=URL      (http://127.0.0.1:9090, or $PROMETHEUS_URL)
#   --alertmanager=URL    (http://127.0.0.1:9093, or $ALERTMANAGER_URL)
#
# On Kubernetes, with three `kubectl port-forward` for the URLs (deploy/helm/staging/README.md):
#
#   assert.sh --stop='kubectl -n shop scale statefulset/shop --replicas=0' \
#     --start='kubectl -n shop scale statefulset/shop --replicas=1'
#
# Exit code: 0 the alert came in time, and went; 1 it did not, and what stands where is told; 2 wrong
# usage, or the stack was not fit, and the app was left alone. Whatever happens, a stopped app is started.
set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
compose="docker compose --file '$folder/compose.yml'"
stop_command="$compose stop app"
start_command="$compose up --detach --no-build --no-recreate app litewatch-sidecar"
app=shop
alert=AppDown
within=90
resolved=420
healthy=120
sink=${SINK_URL:-http://127.0.0.1:9095}
prometheus=${PROMETHEUS_URL:-http://127.0.0.1:9090}
alertmanager=${ALERTMANAGER_URL:-http://127.0.0.1:9093}

usage() { sed -n '2,28s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }
misuse() { printf 'assert.sh: %s; see --help\n' "$1" >&2; exit 2; }
say() { printf '%s  %s\n' "$(date +%H:%M:%S)" "$1"; }

read_options() {
  while [ $# -gt 0 ]; do
    case "$1" in
      -h | --help) usage; exit 0 ;;
      --stop=*) stop_command=${1#*=} ;;
      --start=*) start_command=${1#*=} ;;
      --app=*) app=${1#*=} ;;
      --alert=*) alert=${1#*=} ;;
      --within=*) within=${1#*=} ;;
      --resolved=*) resolved=${1#*=} ;;
      --healthy=*) healthy=${1#*=} ;;
      --sink=*) sink=${1#*=} ;;
      --prometheus=*) prometheus=${1#*=} ;;
      --alertmanager=*) alertmanager=${1#*=} ;;
      *) misuse "no such option: $1" ;;
    esac
    shift
  done
  local seconds
  for seconds in "$within" "$resolved" "$healthy"; do
    [[ $seconds =~ ^[1-9][0-9]{0,5}$ ]] || misuse "not a number of seconds: \"$seconds\""
  done
  [[ $app =~ ^[A-Za-z0-9._-]+$ ]] || misuse "not the name of an app: \"$app\""
  [[ $alert =~ ^[A-Za-z0-9_]+$ ]] || misuse "not the name of an alert: \"$alert\""
  if ! command -v curl >/dev/null; then misuse "curl is not installed"; fi
}

# Its readers read to the end: it must not fail because one has seen enough.
get() { curl --fail --silent --show-error --max-time 5 "$@"; }

# holds EXPRESSION: Prometheus has a value for it.
holds() {
  get --get "$prometheus/api/v1/query" --data-urlencode "query=$1" 2>/dev/null | grep '"value":\[' >/dev/null
}

# told SINCE WHAT: the sink was told such a line after the one numbered SINCE.
told() { get "$sink/?since=$1" 2>/dev/null | grep -- "$2" >/dev/null; }

# last_told: the number of the last line, 0 where there is none.
last_told() { get "$sink/" | awk 'END { print $1 + 0 }'; }

# of_app STATUS: a line of the sink about the alert of this app.
of_app() { printf ' %s %s{.*app="%s"' "$1" "$alert" "${app//./\\.}"; }

# wait_for SECONDS COMMAND...: until the command succeeds; 1 if it does not within that time.
wait_for() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $deadline ] || return 1
    sleep 0.5
  done
}

is_fit() {
  reason="no answer from the sink at $sink"
  get "$sink/" >/dev/null 2>&1 || return 1
  reason="no answer from Prometheus at $prometheus"
  get "$prometheus/-/ready" >/dev/null 2>&1 || return 1
  reason="no answer from Alertmanager at $alertmanager"
  get "$alertmanager/-/ready" >/dev/null 2>&1 || return 1
  reason="the app $app is not probed with success"
  holds "max by (app) (probe_success{app=\"$app\"}) == 1" || return 1
  reason="$alert of $app fires already"
  ! holds "ALERTS{alertname=\"$alert\", app=\"$app\"}" || return 1
  reason="Watchdog does not arrive in the sink"
  told 0 ' firing Watchdog{'
}

# follow SINCE: says once each how far the alert has come; succeeds when it is in the sink.
follow() {
  if [ -z "$stage" ] && holds "ALERTS{alertname=\"$alert\", app=\"$app\"}"; then
    stage=pending
    say "    $((SECONDS - began)) s: Prometheus sees it"
  fi
  if [ "$stage" = pending ] && holds "ALERTS{alertname=\"$alert\", app=\"$app\", alertstate=\"firing\"}"; then
    stage=firing
    say "    $((SECONDS - began)) s: it fires; Alertmanager gathers what else is wrong"
  fi
  told "$1" "$(of_app firing)"
}

# follow_end SINCE: the same on the way back.
follow_end() {
  if [ "$stage" = firing ] && ! holds "ALERTS{alertname=\"$alert\", app=\"$app\"}"; then
    stage=over
    say "    $((SECONDS - began)) s: over for Prometheus; Alertmanager tells it with the group's next message"
  fi
  told "$1" "$(of_app resolved)"
}

# Each part is shown although another does not answer.
what_stands_where() {
  printf '\nPrometheus: what it scrapes, the probes of %s, alerts\n' "$app"
  for query in up "probe_success{app=\"$app\"}" ALERTS; do
    get --get "$prometheus/api/v1/query" --data-urlencode "query=$query" 2>&1 |
      sed 's/{"metric":/\n  &/g' | grep -v '"resultType"' || true
  done
  printf '\n\nAlertmanager: its alerts, and whether they are suppressed\n'
  get "$alertmanager/api/v2/alerts" 2>&1 | sed 's/{"annotations"/\n  &/g' || true
  printf '\n\nSink: the last it was told\n'
  get "$sink/" 2>&1 | tail -n 15 | sed 's/^/  /' || true
}

run() { bash -c "$1" >&2; }

bring_back() {
  trap - EXIT
  if $is_down && ! run "$start_command"; then
    echo "assert.sh: the app is still stopped, for this failed: $start_command" >&2
  fi
}

fail() {
  say "FAILED: $1"
  what_stands_where
  exit 1
}

read_options "$@"
reason="" stage="" is_down=false
trap bring_back EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say "the stack: Prometheus $prometheus, Alertmanager $alertmanager, sink $sink"
if ! wait_for "$healthy" is_fit; then
  echo "assert.sh: not begun: within $healthy s, $reason" >&2
  exit 2
fi
since=$(last_told)

say "stopping $app: $stop_command"
is_down=true began=$SECONDS
run "$stop_command" || { echo "assert.sh: this failed: $stop_command" >&2; exit 2; }
wait_for $((within - (SECONDS - began))) follow "$since" ||
  fail "no $alert of $app in the sink within $within s"
say "    $((SECONDS - began)) s: in the sink, of at most $within s"

since=$(last_told)
say "starting $app: $start_command"
began=$SECONDS
run "$start_command" || fail "the app cannot be started: $start_command"
is_down=false
wait_for $((resolved - (SECONDS - began))) follow_end "$since" ||
  fail "the sink was not told within $resolved s that $alert of $app is resolved"
say "    $((SECONDS - began)) s: the sink knows that it is resolved, of at most $resolved s"
say "ok"
