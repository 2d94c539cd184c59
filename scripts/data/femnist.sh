#!/usr/bin/env bash
# Prepares FEMNIST with LEAF. See --help.
# shellcheck source=scripts/data/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
Usage: scripts/data/femnist.sh [DIRECTORY]

Prepares FEMNIST (Caldas et al., 2019) in DIRECTORY (data/femnist): fetches LEAF (https://github.com/TalwalkarLab/leaf)
and NIST's Special Database 19 (by_class.zip and by_write.zip, 1.6 GB), and runs LEAF's preprocessing for the whole set
with each writer's samples split into train and test,

  data/femnist/preprocess.sh -s niid --sf 1.0 -k 0 -t sample --smplseed 1 --spltseed 1

which takes hours. It needs git, unzip, and python3 with numpy and Pillow (Debian: python3-numpy, python3-pil). This is
the split that DecentralizePy reads too; that one wants a file a user, here LEAF's files stay as they are. If train/ and
test/ are there already, they are only verified.

Verified: LEAF by the id of a commit of December 2021, which is a checksum of its files, when it runs; NIST's archives
by the MD5 checksums that several other projects compare with, as NIST publishes none; train/ and test/ by what they
were the first time (DIRECTORY/split.sha256). Trusted: those projects, and the first split. LEAF draws
it from the seeds above; another version of Python may draw otherwise, which the sums show where split.sha256 is copied to.

Then, in an experiment's file:

  [data]
  dataset = "femnist"
  path = "DIRECTORY"
  partition = "natural"
HELP
}

take_directory data/femnist "$@"
if ! is_split; then
  need unzip unzip
  leaf
  readonly url=https://s3.amazonaws.com/nist-srd/SD19
  fetch $url/by_class.zip "$directory/by_class.zip" md5 79572b1694a8506f2b722c7be54130c4
  fetch $url/by_write.zip "$directory/by_write.zip" md5 a29f21babf83db0bb28a2f77b2b456cb
  # LEAF fetches what is not in raw_data/.
  mkdir -p "$directory/leaf/data/femnist/data/raw_data"
  for folder in by_class by_write; do
    unpack "$directory/$folder.zip" "$folder"
    ln -sfn "$directory/$folder" "$directory/leaf/data/femnist/data/raw_data/$folder"
  done
  leaf_split femnist -s niid --sf 1.0 -k 0 -t sample --smplseed 1 --spltseed 1
fi
verify_split
done_with "  [data]
  dataset = \"femnist\"
  path = \"$directory\"
  partition = \"natural\""
