#!/bin/sh
# The five regions at once, a process and a log each. Ctrl-C ends all; the exit code is 1 where one failed.
set -u
here=$(cd "$(dirname "$0")" && pwd)
logs=${LOGS:-$here/../../build/2017}
regions="america china france singapore taiwan"
mkdir -p "$logs" || exit 1
START=${START:-$(date -u -d "${DAYS:-7} days ago" +%FT%TZ)}
export START

producers=
stopped=
stop() {
  stopped=$1
  # shellcheck disable=SC2086
  kill -TERM $producers 2>/dev/null
}
trap 'stop 130' INT
trap 'stop 143' TERM HUP

for region in $regions; do
  "$here/$region.sh" >"$logs/$region.log" 2>&1 &
  producers="$producers $!"
done

# A signal ends a wait early: then wait again for the same producer.
code=0
set -- $regions
for producer in $producers; do
  while :; do
    ended=0
    wait "$producer" || ended=$?
    kill -0 "$producer" 2>/dev/null || break
  done
  if [ "$ended" -eq 0 ]; then
    echo "$1: done"
  elif [ -n "$stopped" ]; then
    echo "$1: stopped"
  else
    echo "$1: failed, exit code $ended; see $logs/$1.log" >&2
    code=1
  fi
  shift
done
exit "${stopped:-$code}"
