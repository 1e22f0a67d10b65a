#!/bin/sh
# The image's entry point: copies the defaults that a mounted Data folder lacks, and runs the command. Existing files stay.
cd /app || exit 1
if mkdir -p Data/cache 2> /dev/null; then
  cp -Rn defaults/. Data/
else
  echo "Data cannot be written by user $(id -u). Run as its owner: docker run --user \"\$(id -u):\$(id -g)\" …" >&2
fi
exec "$@"
