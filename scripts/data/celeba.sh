#!/usr/bin/env bash
# Prepares CelebA with LEAF. See --help.
# shellcheck source=scripts/data/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
Usage: scripts/data/celeba.sh [DIRECTORY]

Prepares CelebA (Liu et al., 2015) by celebrity as LEAF does (Caldas et al., 2019) in DIRECTORY (data/celeba). The raw
files have to be fetched by hand from http://mmlab.ie.cuhk.edu.hk/projects/CelebA.html, which asks to agree to its
terms:

  DIRECTORY/raw/identity_CelebA.txt
  DIRECTORY/raw/list_attr_celeba.txt
  DIRECTORY/raw/img_align_celeba/         202,599 images *.jpg, or DIRECTORY/raw/img_align_celeba.zip

Then this script fetches LEAF (https://github.com/TalwalkarLab/leaf), runs its preprocessing for the whole set with each
celebrity's samples split into train and test,

  data/celeba/preprocess.sh -s niid --sf 1.0 -k 5 -t sample --smplseed 1 --spltseed 1

and scales the images to 84x84 PNG in DIRECTORY/images. It needs git, python3 with numpy and Pillow (Debian:
python3-numpy, python3-pil), and unzip for the archive. DecentralizePy reads the same split. What is there already is
not made again.

Verified: the two lists and the archive, each time, by the SHA-256 checksums that TensorFlow Datasets and torchvision
compare with, as the authors publish none; LEAF by the id of a commit of December 2021, which is a checksum of its
files, when it runs; train/ and test/ by what they were the first time (DIRECTORY/split.sha256). Trusted: those two
projects, images that you have unpacked yourself without leaving the archive there, what is in images/ already, and the
first split. LEAF draws it from the seeds above; another version of Python may draw otherwise, which the sums show where
split.sha256 is copied to.

Then, in an experiment's file:

  [data]
  dataset = "celeba"
  path = "DIRECTORY"
  partition = "natural"
HELP
}

# Scales what is not yet there, a file at a time and under another name until it is whole.
scale_images() {
  python3 - "$directory/raw/img_align_celeba" "$directory/images" <<'PYTHON'
import os
import sys
from PIL import Image

source, target = sys.argv[1:]
os.makedirs(target, exist_ok=True)
for name in sorted(os.listdir(source)):
    stem, extension = os.path.splitext(name)
    out = os.path.join(target, stem + ".png")
    if extension.lower() != ".jpg" or os.path.exists(out):
        continue
    with Image.open(os.path.join(source, name)) as image:
        image.convert("RGB").resize((84, 84), Image.BILINEAR).save(out + ".part", "PNG")
    os.rename(out + ".part", out)
PYTHON
}

take_directory data/celeba "$@"
readonly raw=$directory/raw
readonly by_hand="http://mmlab.ie.cuhk.edu.hk/projects/CelebA.html (see --help)."
for file in identity_CelebA.txt list_attr_celeba.txt; do
  [[ -e $raw/$file ]] || die "$raw/$file is missing: it has to be fetched by hand from $by_hand"
done
verify "$raw/identity_CelebA.txt" sha256 c6143857c3e2630ac2da9f782e9c1232e5e59be993a9d44e8a7916c78a6158c0
verify "$raw/list_attr_celeba.txt" sha256 f0e5da289d5ccf75ffe8811132694922b60f2af59256ed362afa03fefba324d0
if [[ -e $raw/img_align_celeba.zip ]]; then
  need unzip unzip
  verify "$raw/img_align_celeba.zip" sha256 46fb89443c578308acf364d7d379fe1b9efb793042c0af734b6112e4fd3a8c74
  unpack "$raw/img_align_celeba.zip" img_align_celeba
elif [[ ! -d $raw/img_align_celeba ]]; then
  die "neither $raw/img_align_celeba nor $raw/img_align_celeba.zip is there: the images have to be fetched by hand from" \
    "$by_hand"
fi
if ! is_split; then
  leaf
  mkdir -p "$directory/leaf/data/celeba/data"
  ln -sfn "$raw" "$directory/leaf/data/celeba/data/raw"
  leaf_split celeba -s niid --sf 1.0 -k 5 -t sample --smplseed 1 --spltseed 1
fi
verify_split
scale_images
done_with "  [data]
  dataset = \"celeba\"
  path = \"$directory\"
  partition = \"natural\""
