# Sourced by deploy/demo.sh: the causes of `--break`, the alert that each brings, and how they are
# mended. They use start, stop_child, start_app, tell_app, $work, $app_port and $groups of demo.sh.

CAUSES=(
  "down     AppDown                      the app is stopped"
  "slow     AppProbeSlow                 the app answers in 0.7 s; its objective is 0.5 s"
  "health   AppComponentFailing          the app says that its database fails"
  "reader   SqliteReaderPinsWal          a forgotten cursor holds a read transaction"
  "writer   SqliteWriteTransactionStuck  a hung job holds the write lock"
  "locks    SqlitePosixLocksLost         the app opens and closes its database file raw"
  "corrupt  SqliteHeaderInvalid          zeros overwrite the first page of a database"
  "oom      ContainerOOMKilled           a job in the app's container wants too much memory"
)

# alert_of CAUSE: its alert; fails where there is no such cause.
alert_of() {
  local line name alert
  for line in "${CAUSES[@]}"; do
    read -r name alert _ <<<"$line"
    if [ "$name" = "$1" ]; then
      echo "$alert"
      return 0
    fi
  done
  return 1
}

# words_of CAUSE: what happens.
words_of() {
  local line name words
  for line in "${CAUSES[@]}"; do
    read -r name _ words <<<"$line"
    if [ "$name" = "$1" ]; then echo "$words"; fi
  done
}

# why_not CAUSE: prints why it cannot be done here, if so.
why_not() {
  if [ "$1" = oom ] && [ ${#groups[@]} = 0 ]; then echo "this user may not make control groups"; fi
}

restart_app() {
  stop_child app
  start_app
}

# hog: wants more memory than the app's control group may have, until it is killed for it.
hog() {
  local group
  for group in "${groups[@]}"; do
    case $group in *.service) { echo "$BASHPID" >"$group/cgroup.procs"; } 2>/dev/null || true ;; esac
  done
  exec python3 -c 'b = bytearray(1 << 30)
for i in range(0, len(b), 4096): b[i] = 1'
}

break_cause() {
  case $1 in
    down) stop_child app ;;
    slow) tell_app slow ;;
    health) tell_app database ;;
    reader | writer) start "$1" python3 tests/demo_app/hold.py "$1" "$work/shop.db" ;;
    locks) curl -fsS "http://127.0.0.1:$app_port/drop-locks" >/dev/null ;;
    corrupt)
      cp "$work/archive.db" "$work/archive.saved"
      dd if=/dev/zero of="$work/archive.db" bs=4096 count=1 conv=notrunc status=none
      ;;
    oom) (hog) >"$work/hog.log" 2>&1 || true ;;
  esac
}

mend_cause() {
  case $1 in
    down) start_app ;;
    slow | health) tell_app none ;;
    reader | writer) stop_child "$1" ;;
    locks) restart_app ;;
    corrupt) cp "$work/archive.saved" "$work/archive.db" ;;
    oom) ;;  # the kernel has ended it already
  esac
}
