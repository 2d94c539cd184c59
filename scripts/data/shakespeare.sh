#!/usr/bin/env bash
# Prepares Shakespeare with LEAF. See --help.
# shellcheck source=scripts/data/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
Usage: scripts/data/shakespeare.sh [DIRECTORY]

Prepares Shakespeare's plays by role (McMahan et al., 2017; Caldas et al., 2019) in DIRECTORY (data/shakespeare):
fetches LEAF (https://github.com/TalwalkarLab/leaf) and the plays of Project Gutenberg (1994-01-100.zip, 2 MB), and runs
LEAF's preprocessing for the whole set with each role's samples split into train and test,

  data/shakespeare/preprocess.sh -s niid --sf 1.0 -k 0 -t sample --tf 0.8 --smplseed 1 --spltseed 1

It needs git, unzip, and python3 with numpy and Pillow (Debian: python3-numpy, python3-pil). This is the split that
DecentralizePy reads too; that one wants a file a user and tests on every 30th sample (here: evaluation.samples), and
LEAF's files stay as they are. If train/ and test/ are there already, they are only verified.

Verified: LEAF by the id of a commit of December 2021, which is a checksum of its files, when it runs; the plays by the
MD5 checksum that other projects compare with, as Project Gutenberg publishes none; train/ and test/ by what they were
the first time (DIRECTORY/split.sha256). Trusted: those projects, and the first split. LEAF draws
it from the seeds above; another version of Python may draw otherwise, which the sums show where split.sha256 is copied to.

Then, in an experiment's file:

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
  need unzip unzip
  leaf
  readonly archive=$directory/1994-01-100.zip raw=$directory/leaf/data/shakespeare/data/raw_data
  fetch https://www.gutenberg.org/files/100/old/old/1994-01-100.zip "$archive" md5 b8d60664a90939fa7b5d9f4dd064a1d5
  # LEAF's own address of it is out of date. It fetches nothing where this file is.
  mkdir -p "$raw"
  unzip -p "$archive" 100.txt >"$raw/raw_data.txt.part"
  mv "$raw/raw_data.txt.part" "$raw/raw_data.txt"
  leaf_split shakespeare -s niid --sf 1.0 -k 0 -t sample --tf 0.8 --smplseed 1 --spltseed 1
fi
verify_split
done_with "  [data]
  dataset = \"shakespeare\"
  path = \"$directory\"
  partition = \"natural\"

  [model]
  name = \"shakespeare-lstm\""
