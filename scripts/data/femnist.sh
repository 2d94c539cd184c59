#!/usr/bin/env bash
# Prepares FEMNIST with LEAF. See --help.
# shellcheck source=scripts/data/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
Usage: scripts/data/femnist.sh [DIRECTORY]

Prepares FEMNIST (Caldas et al., 2019) in DIRECTORY (data/femnist): clones LEAF (https://github.com/TalwalkarLab/leaf) and
runs its preprocessing for the whole set with each writer's samples split into train and test,

  data/femnist/preprocess.sh -s niid --sf 1.0 -k 0 -t sample

which fetches NIST's Special Database 19 (about 2 GB), verifies nothing, and takes hours. It needs git, python3 with numpy
and Pillow (Debian: python3-numpy, python3-pil), wget and unzip. This is the split that DecentralizePy reads too; that one
wants a file a user, here LEAF's files stay as they are. If train/ and test/ are there already, nothing is done. Then, in an
experiment's file:

  [data]
  dataset = "femnist"
  path = "DIRECTORY"
  partition = "natural"
HELP
}

take_directory data/femnist "$@"
if ! is_split; then
  need wget wget
  need unzip unzip
  leaf
  leaf_split femnist -s niid --sf 1.0 -k 0 -t sample
fi
done_with "  [data]
  dataset = \"femnist\"
  path = \"$directory\"
  partition = \"natural\""
