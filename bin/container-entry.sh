#!/bin/sh
# The image's entry point: puts into a mounted Data folder what it lacks, and runs the command. What is there stays as it is.
cd /app || exit 1
if mkdir -p Data/cache 2> /dev/null; then
  cp -Rn defaults/. Data/
else
  echo "Data cannot be written by user $(id -u). Run as its owner: docker run --user \"\$(id -u):\$(id -g)\" …" >&2
fi
exec "$@"
