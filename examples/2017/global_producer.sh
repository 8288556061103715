#!/bin/sh
# The shoppers of all five regions, from one process.
exec "$(dirname "$0")/producer.sh"
