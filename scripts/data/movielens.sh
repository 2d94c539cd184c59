#!/usr/bin/env bash
# Fetches MovieLens' small set of ratings. See --help.
# shellcheck source=scripts/data/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
Usage: scripts/data/movielens.sh [DIRECTORY]

Fetches ml-latest-small (Harper and Konstan, 2015; 1 MB: 100,836 ratings by 610 people of 9,724 films) from GroupLens to
DIRECTORY (data/movielens) and unpacks it.

Verified: from the second time on, that the archive is what it was the first time
(DIRECTORY/ml-latest-small.zip.sha256). Trusted: what GroupLens hands out that first time. GroupLens may change the file
and publishes no checksum of it.

Then, in an experiment's file:

  [data]
  dataset = "movielens"
  path = "DIRECTORY/ml-latest-small"
  partition = "natural-contiguous"

  [model]
  name = "matrix-factorization"
HELP
}

take_directory data/movielens "$@"
need unzip unzip
readonly archive=$directory/ml-latest-small.zip
fetch https://files.grouplens.org/datasets/movielens/ml-latest-small.zip "$archive"
unpack "$archive" ml-latest-small
done_with "  [data]
  dataset = \"movielens\"
  path = \"$directory/ml-latest-small\"
  partition = \"natural-contiguous\"

  [model]
  name = \"matrix-factorization\""
