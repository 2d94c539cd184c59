#!/usr/bin/env bash
# Fetches CIFAR-100. See --help.
# shellcheck source=scripts/data/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
Usage: scripts/data/cifar100.sh [DIRECTORY]

Fetches the binary version of CIFAR-100 (Krizhevsky, 2009; 161 MB) to DIRECTORY (data/cifar100), verifies its published MD5
checksum and unpacks it. What is there already is only verified. Then, in an experiment's file:

  [data]
  dataset = "cifar-100"
  path = "DIRECTORY/cifar-100-binary"
HELP
}

take_directory data/cifar100 "$@"
readonly archive=$directory/cifar-100-binary.tar.gz
fetch https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz "$archive" md5 03b5dce01913d631647c71ecec9e9cb8
[[ -e $directory/cifar-100-binary/train.bin ]] || tar -xzf "$archive" -C "$directory"
done_with "  [data]
  dataset = \"cifar-100\"
  path = \"$directory/cifar-100-binary\""
