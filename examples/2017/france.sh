#!/bin/sh
exec "$(dirname "$0")/producer.sh" france
