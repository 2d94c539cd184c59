# shellcheck shell=bash
# What the scripts of this directory share. It is sourced, not run.
set -euo pipefail

say() { echo "data: $*"; }
die() { echo "data: $*" >&2 && exit 1; }

# take_directory DEFAULT ARGUMENT...: sets `directory`, an absolute path, and makes it. Calls the script's usage.
take_directory() {
  case ${2:-} in
    -h | --help) usage && exit ;;
    -*) usage >&2 && exit 2 ;;
  esac
  (($# <= 2)) || { usage >&2 && exit 2; }
  directory=${2:-$1}
  mkdir -p "$directory" || die "the directory $directory cannot be made."
  directory=$(cd "$directory" && pwd)
}

# need PROGRAM PACKAGE
need() { command -v "$1" >/dev/null || die "this needs the program $1; on Debian: apt install $2"; }

# download URL FILE: under another name until it is whole.
download() {
  say "fetching $1"
  if command -v curl >/dev/null; then
    curl --fail --location --silent --show-error --connect-timeout 20 --retry 2 --output "$2.part" "$1"
  elif command -v wget >/dev/null; then
    wget --quiet --timeout=20 --tries=3 --output-document="$2.part" "$1"
  else
    die "this needs curl or wget; on Debian: apt install curl"
  fi || {
    rm -f "$2.part"
    die "$1 could not be fetched: there is no network, or the server does not answer. Fetch it on another machine," \
      "put it at $2 and run this again."
  }
  mv "$2.part" "$2"
}

# verify FILE [md5|sha256 SUM]: against the published checksum, or without one against what it was the first time.
verify() {
  local file=$1 sum
  if (($# == 3)); then
    sum=$("${2}sum" "$file" | cut -d ' ' -f 1)
    [[ $sum == "$3" ]] ||
      die "$file has the $2 checksum $sum, but the published one is $3: remove the file and run this again."
    say "$(basename "$file"): its $2 checksum is the published one"
    return
  fi
  sum=$(sha256sum "$file" | cut -d ' ' -f 1)
  if [[ ! -e $file.sha256 ]]; then
    echo "$sum" >"$file.sha256"
    say "$(basename "$file"): this script knows no published checksum to compare with. It has sha256 $sum, which is" \
      "kept in $file.sha256 and compared from now on."
  elif [[ $sum != "$(<"$file.sha256")" ]]; then
    die "$file has the sha256 checksum $sum, but had $(<"$file.sha256") when it was fetched: remove both files and run" \
      "this again."
  else
    say "$(basename "$file"): its sha256 checksum is that of the first time"
  fi
}

# fetch URL FILE [md5|sha256 SUM]: downloads what is not there, and verifies it either way.
fetch() {
  [[ -e $2 ]] || download "$1" "$2"
  verify "${@:2}"
}

# cifar CLASSES MEGABYTES MD5 FOLDER FILE ARGUMENT...: all that the scripts of CIFAR-10 and CIFAR-100 do. The archive has
# the FOLDER, and that has the FILE.
cifar() {
  local name=cifar-$1 script=cifar$1 size=$2 sum=$3 folder=$4 file=$5
  shift 5
  usage() {
    cat <<HELP
Usage: scripts/data/$script.sh [DIRECTORY]

Fetches the binary version of ${name^^} (Krizhevsky, 2009; $size MB) to DIRECTORY (data/$script), verifies its published
MD5 checksum and unpacks it. What is there already is only verified. Then, in an experiment's file:

  [data]
  dataset = "$name"
  path = "DIRECTORY/$folder"
HELP
  }
  take_directory "data/$script" "$@"
  local archive=$directory/$name-binary.tar.gz
  fetch "https://www.cs.toronto.edu/~kriz/$name-binary.tar.gz" "$archive" md5 "$sum"
  [[ -e $directory/$folder/$file ]] || tar -xzf "$archive" -C "$directory"
  done_with "  [data]
  dataset = \"$name\"
  path = \"$directory/$folder\""
}

# unpack ARCHIVE.zip FOLDER: the FOLDER that the archive has, beside it. It has another name until it is whole.
unpack() {
  local at
  at=$(dirname "$1")
  [[ ! -d $at/$2 ]] || return 0
  rm -rf "$at/$2.part"
  unzip -q "$1" -d "$at/$2.part" || die "$1 could not be unpacked: see above."
  mv "$at/$2.part/$2" "$at/$2"
  rm -rf "$at/$2.part"
}

# A commit of LEAF's master, of December 2021. Its id is a checksum of all of LEAF's files.
leaf_commit=09ec454a5675e32e1f0546b456b77857fdece018

# leaf: has LEAF at that commit in leaf/ of the directory, which is fetched where it is not there.
leaf() {
  local part=$directory/leaf.part
  need git git
  need python3 "python3 python3-numpy python3-pil"
  python3 -c 'import numpy, PIL' 2>/dev/null ||
    die "LEAF needs numpy and Pillow; on Debian: apt install python3-numpy python3-pil"
  if [[ ! -d $directory/leaf/data ]]; then
    rm -rf "$part"
    git init --quiet "$part"
    git -C "$part" fetch --quiet --depth 1 https://github.com/TalwalkarLab/leaf "$leaf_commit" || {
      rm -rf "$part"
      die "https://github.com/TalwalkarLab/leaf could not be fetched: there is no network, or the server does not" \
        "answer. Clone it on another machine, put it at $directory/leaf and run this again."
    }
    git -C "$part" -c advice.detachedHead=false checkout --quiet "$leaf_commit"
    mv "$part" "$directory/leaf"
  fi
  verify_leaf
  # Pillow 10 has dropped the old name of this filter.
  grep -rl 'Image\.ANTIALIAS' "$directory/leaf/data" --include='*.py' | xargs -r sed -i 's/Image\.ANTIALIAS/Image.LANCZOS/'
}

# verify_leaf: that leaf/ is at the commit. Files of LEAF that are otherwise there become the commit's again.
verify_leaf() {
  local at
  # Not git -C, which would find a repository around a directory that is none.
  local git=(git --git-dir="$directory/leaf/.git" --work-tree="$directory/leaf")
  at=$("${git[@]}" rev-parse --verify --quiet HEAD 2>/dev/null) || at="no commit"
  [[ $at == "$leaf_commit" ]] ||
    die "$directory/leaf is at $at, but $leaf_commit is expected: remove it and run this again, or check that out there."
  "${git[@]}" checkout --quiet --force HEAD -- . || die "the files of $directory/leaf could not be compared: see above."
  say "LEAF: it is at $leaf_commit, and so are its files"
}

# leaf_split NAME OPTION...: runs LEAF's preprocessing and moves train/ and test/ to the directory.
leaf_split() {
  local work=$directory/leaf/data/$1
  if ! (cd "$work" && ./preprocess.sh "${@:2}") || ! has_json "$work/data/train"; then
    die "LEAF's preprocessing did not make $work/data/train: its messages above say why (without a network it cannot" \
      "fetch the raw data). What it has made so far is in $work/data; to begin anew, remove that and run this again."
  fi
  rm -rf "$directory/train" "$directory/test"
  mv "$work/data/train" "$work/data/test" "$directory/"
}

has_json() { compgen -G "$1/*.json" >/dev/null; }
is_split() { has_json "$directory/train" && has_json "$directory/test"; }

# verify_split: the files of train/ and test/ against what they were the first time.
verify_split() {
  local sums=$directory/split.sha256
  (cd "$directory" && export LC_ALL=C && sha256sum -- train/*.json test/*.json) >"$sums.part"
  if [[ ! -e $sums ]]; then
    mv "$sums.part" "$sums"
    say "train/ and test/: nobody publishes checksums of them. Theirs are kept in $sums and compared from now on."
  elif cmp -s "$sums" "$sums.part"; then
    rm "$sums.part"
    say "train/ and test/: their sha256 checksums are those of the first time"
  else
    rm "$sums.part"
    die "$directory/train or $directory/test has other files than when $sums was written: remove train/, test/ and that" \
      "file and run this again."
  fi
}

# done_with TEXT: the last words, with the keys to use the data.
done_with() {
  say "ready. In the experiment's file:"
  printf '%s\n' "$1"
}
