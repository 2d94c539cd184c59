#!/usr/bin/env bash
# From a machine with nothing but Debian to a finished experiment. See --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  cat <<'HELP'
Usage: scripts/quickstart.sh [ARGUMENT...]

Installs what is missing (scripts/setup.sh), builds the release program and runs configs/quickstart.toml. The arguments
go to `rhizome run`, for example: --set experiment.rounds=10, --threads 1, -o DIR. Each call runs into a fresh directory
(--again) unless --force is given, which replaces the results of the last one.
HELP
  exit
fi

arguments=("$@")
[[ " $* " == *" --force "* || " $* " == *" --again "* ]] || arguments+=(--again)

scripts/setup.sh
echo "quickstart: building build/release/bin/rhizome (some minutes the first time)"
cmake --preset release >/dev/null
cmake --build --preset release --target rhizome
echo "quickstart: build/release/bin/rhizome run configs/quickstart.toml ${arguments[*]}"
started=$(mktemp)
trap 'rm -f "$started"' EXIT
code=0
build/release/bin/rhizome run configs/quickstart.toml "${arguments[@]}" || code=$?

# The run's own directory, unless -o chose another place.
results=$(find runs -mindepth 1 -maxdepth 1 -type d -newer "$started" -printf '%T@ %p\n' 2>/dev/null |
  sort -n | tail -n 1 | cut -d ' ' -f 2-) || true # there is no runs/
results=${results:-DIR}
cat <<NEXT

Next:
  build/release/bin/rhizome plot $results                   the accuracy, in the terminal
  build/release/bin/rhizome plot $results -o accuracy.svg   the same as a figure; .pdf and .png work too
  build/release/bin/rhizome export $results --csv           the results as tables
  build/release/bin/rhizome list                            every topology, model, data set and algorithm
  build/release/bin/rhizome explain topology                what a section or a key means
NEXT
exit "$code"
