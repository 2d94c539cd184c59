#!/usr/bin/env bash
# Fetches LEAF's Reddit comments. See --help.
# shellcheck source=scripts/data/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
Usage: scripts/data/reddit.sh [DIRECTORY]

Fetches the comments of December 2017 that LEAF hands out for its reference model (Caldas et al., 2019), tokenized and
split into train and test, to DIRECTORY (data/reddit), and unpacks them. LEAF keeps them at Google Drive, which may ask
for a browser: then fetch the archive from

  https://drive.google.com/file/d/1ISzp69JmaIJqBpQCX-JJ8-kVyUns8M7o/view

put it at DIRECTORY/reddit.zip and run this again. No preprocessing is needed, nor LEAF's build_vocab.py: the vocabulary
is built from the training text by the same rule. DecentralizePy reads the same files. If train/ and test/ are there
already, they are only verified.

Verified: that the archive is whole, and from the second time on that it (DIRECTORY/reddit.zip.sha256), train/ and test/
(DIRECTORY/split.sha256) are what they were the first time. Trusted: what Google Drive hands out that first time, of
which nobody publishes a checksum.

Then, in an experiment's file:

  [data]
  dataset = "reddit"
  path = "DIRECTORY"
  partition = "natural"

  [model]
  name = "reddit-lstm"
HELP
}

take_directory data/reddit "$@"
readonly archive=$directory/reddit.zip
if ! is_split; then
  need unzip unzip
  readonly id=1ISzp69JmaIJqBpQCX-JJ8-kVyUns8M7o
  [[ -e $archive ]] || download "https://drive.usercontent.google.com/download?id=$id&export=download&confirm=t" "$archive"
  if ! unzip -tqq "$archive" >/dev/null 2>&1; then
    rm -f "$archive"
    die "Google Drive gave a page in place of the archive: fetch it with a browser as --help says, and run this again."
  fi
  verify "$archive"
  rm -rf "$directory/unpacked"
  unzip -q "$archive" -d "$directory/unpacked"
  train=$(find "$directory/unpacked" -type d -name train -print -quit)
  [[ -n $train && -d $(dirname "$train")/test ]] ||
    die "the archive has no directories train and test: look at $directory/unpacked and move them to $directory."
  mv "$train" "$(dirname "$train")/test" "$directory/"
  is_split || die "$directory/train and $directory/test have no .json files."
elif [[ -e $archive ]]; then
  verify "$archive"
fi
verify_split
done_with "  [data]
  dataset = \"reddit\"
  path = \"$directory\"
  partition = \"natural\"

  [model]
  name = \"reddit-lstm\""
