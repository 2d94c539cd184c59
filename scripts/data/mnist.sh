#!/usr/bin/env bash
# Fetches MNIST. See --help.
# shellcheck source=scripts/data/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
Usage: scripts/data/mnist.sh [DIRECTORY]

Fetches the handwritten digits of MNIST (LeCun et al., 1998; 12 MB, four IDX files) to DIRECTORY (data/mnist) and verifies
their published MD5 checksums. What is there already is only verified. Then, in an experiment's file:

  [data]
  dataset = "mnist"
  path = "DIRECTORY"
HELP
}

take_directory data/mnist "$@"
readonly url=https://ossci-datasets.s3.amazonaws.com/mnist
fetch $url/train-images-idx3-ubyte.gz "$directory/train-images-idx3-ubyte.gz" md5 f68b3c2dcbeaaa9fbdd348bbdeb94873
fetch $url/train-labels-idx1-ubyte.gz "$directory/train-labels-idx1-ubyte.gz" md5 d53e105ee54ea40749a09fcbcd1e9432
fetch $url/t10k-images-idx3-ubyte.gz "$directory/t10k-images-idx3-ubyte.gz" md5 9fb629c4189551a2d022fa330f9573f3
fetch $url/t10k-labels-idx1-ubyte.gz "$directory/t10k-labels-idx1-ubyte.gz" md5 ec29112dd5afa0611ce80d1b7f02629c
done_with "  [data]
  dataset = \"mnist\"
  path = \"$directory\""
