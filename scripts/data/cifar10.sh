#!/usr/bin/env bash
# Fetches CIFAR-10. See --help.
# shellcheck source=scripts/data/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
Usage: scripts/data/cifar10.sh [DIRECTORY]

Fetches the binary version of CIFAR-10 (Krizhevsky, 2009; 162 MB) to DIRECTORY (data/cifar10), verifies its published MD5
checksum and unpacks it. What is there already is only verified. Then, in an experiment's file:

  [data]
  dataset = "cifar-10"
  path = "DIRECTORY/cifar-10-batches-bin"
HELP
}

take_directory data/cifar10 "$@"
readonly archive=$directory/cifar-10-binary.tar.gz
fetch https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz "$archive" md5 c32a1d4ab5d03f1284b67883e8d87530
[[ -e $directory/cifar-10-batches-bin/data_batch_1.bin ]] || tar -xzf "$archive" -C "$directory"
done_with "  [data]
  dataset = \"cifar-10\"
  path = \"$directory/cifar-10-batches-bin\""
