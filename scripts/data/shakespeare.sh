#!/usr/bin/env bash
# Prepares Shakespeare with LEAF. See --help.
# shellcheck source=scripts/data/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
Usage: scripts/data/shakespeare.sh [DIRECTORY]

Prepares Shakespeare's plays by role (McMahan et al., 2017; Caldas et al., 2019) in DIRECTORY (data/shakespeare): clones
LEAF (https://github.com/TalwalkarLab/leaf) and runs its preprocessing for the whole set with each role's samples split
into train and test,

  data/shakespeare/preprocess.sh -s niid --sf 1.0 -k 0 -t sample --tf 0.8

which fetches the plays from Project Gutenberg and verifies nothing. It needs git, python3 with numpy and Pillow (Debian:
python3-numpy, python3-pil), wget and unzip. This is the split that DecentralizePy reads too; that one wants a file a user
and tests on every 30th sample (here: evaluation.samples), and LEAF's files stay as they are. If train/ and test/ are there
already, nothing is done. Then, in an experiment's file:

  [data]
  dataset = "shakespeare"
  path = "DIRECTORY"
  partition = "natural"

  [model]
  name = "shakespeare-lstm"
HELP
}

take_directory data/shakespeare "$@"
if ! is_split; then
  need wget wget
  need unzip unzip
  leaf
  leaf_split shakespeare -s niid --sf 1.0 -k 0 -t sample --tf 0.8
fi
done_with "  [data]
  dataset = \"shakespeare\"
  path = \"$directory\"
  partition = \"natural\"

  [model]
  name = \"shakespeare-lstm\""
