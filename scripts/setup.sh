#!/usr/bin/env bash
# Installs the Debian packages that Rhizome is built, run and tested with. See --help.
set -euo pipefail

packages=(
  # tools
  ca-certificates git g++ cmake ninja-build ccache clang-format clang-tidy shellcheck gnuplot-nox procps sqlite3
  # networks that tests take apart
  iproute2 iptables util-linux
  # actors, tensors, the BLAS and the allocator below them
  libcaf-dev libtorch-dev libopenblas-dev libjemalloc-dev
  # configuration, logging, command line, results
  libtomlplusplus-dev libspdlog-dev libfmt-dev libexpected-dev libcli11-dev libsqlitecpp-dev libsqlite3-dev
  nlohmann-json3-dev
  # certificates, metrics of a host
  libssl-dev prometheus-cpp-dev
  # numbers
  librandom123-dev libxxhash-dev libeigen3-dev libspectra-dev
  # compression, pictures, transforms, masks
  zlib1g-dev libzstd-dev liblz4-dev libfpzip-dev libpng-dev libkissfft-dev libsodium-dev
  # tests, fuzzing, benchmarks and the default data set
  doctest-dev clang libclang-rt-dev libbenchmark-dev python3-torch python3-numpy dataset-fashion-mnist
)

usage() {
  cat <<HELP
Usage: scripts/setup.sh [--list | --help]

Installs what is missing of the Debian packages that Rhizome needs (as root, or through sudo), and puts an OpenBLAS
behind libblas.so.3. Where nothing is missing it says so and needs neither root nor network. For Debian 12 and 13.

  --list   print the packages and leave
HELP
}

say() { echo "setup: $*"; }
die() { echo "setup: $*" >&2; exit 1; }

# The packages of the list that are not installed, on one line.
missing_packages() {
  local package
  for package in "${packages[@]}"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
  done | paste -sd ' '
}

# shellcheck source=/dev/null
system_name() { (. /etc/os-release 2>/dev/null && echo "${PRETTY_NAME:-$ID}") || uname -s; }
# shellcheck source=/dev/null
is_supported() { (. /etc/os-release 2>/dev/null && [[ ${ID:-} == debian && ${VERSION_ID:-} =~ ^1[23]$ ]]); }

# Runs a command as root. Without a terminal sudo must not ask for a password.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif [[ -t 0 ]]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

can_be_root() { ((EUID == 0)) || command -v sudo >/dev/null; }

apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 "$@"; }

install_packages() {
  local -a missing=("$@")
  is_supported || die "this system is $(system_name), and only Debian 12 and 13 are set up by this script." \
    "Install the counterparts of these packages, then build with cmake: ${missing[*]}"
  can_be_root || die "these packages are missing, and installing them takes root or sudo: ${missing[*]}"
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  if ! apt-get install --simulate -qq "${missing[@]}" >/dev/null 2>&1; then
    say "the package lists are missing or too old: updating them"
    apt update
  fi
  if ! apt install --yes --no-install-recommends "${missing[@]}"; then
    say "the installation failed: updating the package lists and trying once more"
    apt update
    apt install --yes --no-install-recommends "${missing[@]}" ||
      die "apt-get could not install the packages; its messages above say why."
  fi
}

# LibTorch calls the BLAS behind libblas.so.3; the reference BLAS there would make training several times slower.
# Debian's alternatives choose OpenBLAS by themselves unless another one was set by hand.
choose_openblas() {
  local link current openblas
  read -r link current < <(update-alternatives --get-selections | awk '$1 ~ /^libblas\.so\.3-/ {print $1, $3; exit}') ||
    die "no alternative named libblas.so.3 was found: is the package libopenblas-dev installed?"
  [[ $current == *openblas* && -e $current ]] && return
  openblas=$(update-alternatives --list "$link" | grep -m1 openblas) ||
    die "no OpenBLAS is among the alternatives of libblas.so.3: reinstall the package libopenblas0-pthread."
  can_be_root || die "libblas.so.3 is $current; to put OpenBLAS there run as root:" \
    "update-alternatives --set $link $openblas"
  say "libblas.so.3 was $current: setting it to $openblas"
  as_root update-alternatives --set "$link" "$openblas"
}

case ${1:-} in
  '') ;;
  --list) printf '%s\n' "${packages[@]}"; exit ;;
  -h | --help) usage; exit ;;
  *) usage >&2; exit 2 ;;
esac

command -v dpkg-query >/dev/null || die "this system is $(system_name), and only Debian 12 and 13 are set up by this" \
  "script. Install the counterparts of these packages, then build with cmake: ${packages[*]}"
read -r -a missing <<<"$(missing_packages)"
if ((${#missing[@]})); then
  install_packages "${missing[@]}"
else
  say "every package is installed"
fi
choose_openblas
