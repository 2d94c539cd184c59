#!/usr/bin/env bash
# Prepares CelebA with LEAF. See --help.
# shellcheck source=scripts/data/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
Usage: scripts/data/celeba.sh [DIRECTORY]

Prepares CelebA (Liu et al., 2015) by celebrity as LEAF does (Caldas et al., 2019) in DIRECTORY (data/celeba). The raw files
have to be fetched by hand from http://mmlab.ie.cuhk.edu.hk/projects/CelebA.html, which asks to agree to its terms:

  DIRECTORY/raw/identity_CelebA.txt
  DIRECTORY/raw/list_attr_celeba.txt
  DIRECTORY/raw/img_align_celeba/         202,599 images *.jpg, or DIRECTORY/raw/img_align_celeba.zip

Then this script clones LEAF (https://github.com/TalwalkarLab/leaf), runs its preprocessing for the whole set with each
celebrity's samples split into train and test,

  data/celeba/preprocess.sh -s niid --sf 1.0 -k 5 -t sample

and scales the images to 84x84 PNG in DIRECTORY/images. It needs git, python3 with numpy and Pillow (Debian:
python3-numpy, python3-pil), and unzip for the archive. DecentralizePy reads the same split. What is there already is not
made again. Then, in an experiment's file:

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
for file in identity_CelebA.txt list_attr_celeba.txt; do
  [[ -e $raw/$file ]] || die "$raw/$file is missing: it has to be fetched by hand from" \
    "http://mmlab.ie.cuhk.edu.hk/projects/CelebA.html (see --help)."
  verify "$raw/$file"
done
if [[ ! -d $raw/img_align_celeba ]]; then
  [[ -e $raw/img_align_celeba.zip ]] || die "neither $raw/img_align_celeba nor $raw/img_align_celeba.zip is there: the" \
    "images have to be fetched by hand from http://mmlab.ie.cuhk.edu.hk/projects/CelebA.html (see --help)."
  need unzip unzip
  verify "$raw/img_align_celeba.zip"
  unzip -q -o "$raw/img_align_celeba.zip" -d "$raw"
fi
if ! is_split; then
  leaf
  mkdir -p "$directory/leaf/data/celeba/data"
  ln -sfn "$raw" "$directory/leaf/data/celeba/data/raw"
  leaf_split celeba -s niid --sf 1.0 -k 5 -t sample
fi
scale_images
done_with "  [data]
  dataset = \"celeba\"
  path = \"$directory\"
  partition = \"natural\""
