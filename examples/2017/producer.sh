#!/bin/sh
# The producer of one region, or of all: producer.sh [REGION]. README.md has the settings.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
services=${SERVICES_ENV:-$root/build/services.env}
[ -n "${KAFKA:-}" ] || [ ! -f "$services" ] || KAFKA=$(sed -n 's/^KAFKA=//p' "$services")
if [ -z "${KAFKA:-}" ]; then
  echo "where is Kafka? make services, or KAFKA=HOST:PORT" >&2
  exit 2
fi
world="--world seed2017 --events ${EVENTS:-200000} --seed ${SEED:-1} --days ${DAYS:-7}"
[ $# -eq 0 ] || world="$world --region $1"
[ -z "${PACE:-}" ] || world="$world --pace $PACE"
start=${START:-$(date -u -d "${DAYS:-7} days ago" +%FT%TZ)}
to="kafka://$KAFKA/${TOPIC:-web_activity1}"
echo "${1:-all regions}: ${EVENTS:-200000} events to $to"
# shellcheck disable=SC2086
exec "${ADIRECT:-$root/build/release/adirect}" generate $world --start "$start" --to "$to"
