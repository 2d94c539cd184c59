#!/usr/bin/env bash
# Fuzzes what reads the bytes of other machines. See --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  cat <<'HELP'
Usage: scripts/fuzz.sh [SECONDS] [--merge]

Builds the libFuzzer targets of tests/fuzz with clang, AddressSanitizer and UndefinedBehaviorSanitizer (preset fuzz) and
runs each for SECONDS (default 60), starting from tests/fuzz/corpus. An input that breaks something ends the run and
stays in build/fuzz/found/: copy it into the corpus, whose inputs the fast tests read too.

  --merge   afterwards add to the corpus what reached new code, the smallest such inputs
HELP
  exit
fi

seconds=60
merge=false
for argument in "$@"; do
  case $argument in
    --merge) merge=true ;;
    '' | *[!0-9]*) echo "fuzz: $argument is neither a number of seconds nor --merge" >&2 && exit 2 ;;
    *) seconds=$argument ;;
  esac
done

scripts/setup.sh
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz

for program in build/fuzz/bin/*_fuzz; do
  name=$(basename "${program%_fuzz}")
  corpus=tests/fuzz/corpus/$name
  grown=build/fuzz/corpus/$name
  found=build/fuzz/found/$name
  mkdir -p "$corpus" "$grown" "$found"
  "build/fuzz/bin/${name}_seeds" "$corpus" # the same files, unless the format has changed
  echo "fuzz: $name for $seconds s"
  # No input needs a second or more than a few MB; a vector_pool takes 64 MiB at once, from the system.
  "$program" -max_total_time="$seconds" -max_len=512 -timeout=5 -malloc_limit_mb=16 -rss_limit_mb=1024 \
    -print_final_stats=1 -artifact_prefix="$found/" "$grown" "$corpus"
  [[ $merge == false ]] || "$program" -merge=1 -max_len=512 "$corpus" "$grown" 2>&1 | tail -n 1
done
