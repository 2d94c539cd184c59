#!/usr/bin/env bash
# The gate: what every commit on the main branch passes besides its tests. See --help.
# shellcheck disable=SC2317 # step calls the functions by name
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'HELP'
Usage: scripts/check.sh [--preset NAME] [--base REVISION]

Checks, a line each: formatting, the rules on includes, shell scripts, the layers of the libraries, a build without
warnings, headers that compile alone, and clang-tidy on changed files. A failure says what to do about it.

  --preset NAME    the build to make and use: release (default) or dev
  --base REVISION  clang-tidy looks at everything that changed since then, uncommitted work included. By default it is
                   the commit where this branch left origin/main, on main itself (and where a shallow clone does not
                   tell) the commit before HEAD, and of many changed files only those with the most new lines
HELP
}

preset=release
base=
while (($#)); do
  case $1 in
    --preset) preset=${2:?--preset needs a name: release or dev} && shift ;;
    --base) base=${2:?--base needs a revision} && shift ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

readonly layers=(core topologies models actors cli)
readonly format_version=14 # Debian 12's; other versions break lines elsewhere
readonly most_units=12     # of clang-tidy without --base
failed=0

# step NAME FIX COMMAND...: runs the command; prints one line, and where it fails what it printed and how to fix it.
step() {
  local name=$1 fix=$2 output
  shift 2
  if output=$("$@" 2>&1); then
    echo "check: $name: ok${output:+ (${output##*$'\n'})}"
  else
    printf 'check: %s: FAILED\n%s\n  to fix: %s\n' "$name" "$output" "$fix"
    failed=1
  fi
}

# Files of the work tree by pathspec, new ones too, without those that git ignores.
sources() {
  local file
  git ls-files --cached --others --exclude-standard --deduplicate "$@" | while read -r file; do
    [[ ! -e $file ]] || echo "$file"
  done
}

formatting() {
  [[ $(clang-format --version) == *version\ $format_version.* ]] || {
    echo "skipped: only clang-format $format_version is asked"
    return 0
  }
  local ok=0 file
  for file in $(sources '*.cpp' '*.hpp'); do
    clang-format "$file" | cmp --silent - "$file" || { echo "$file" && ok=1; }
  done
  return "$ok"
}

# forbid SENTENCE REGEX PATHSPEC...: no line of those files matches.
forbid() {
  local sentence=$1 regex=$2 lines status=0
  shift 2
  lines=$(git grep --untracked --line-number --perl-regexp "$regex" -- "$@" 2>&1) || status=$?
  ((status != 1)) || return 0 # git grep found nothing
  printf '%s:\n%s\n' "$sentence" "$lines"
  return 1
}

include_rules() {
  local ok=0 project='(core|topologies|models|actors|cli|bench|tests)/'
  local torch='^#include <(torch|ATen|c10)/' caf='^#include <caf/'
  forbid "core knows no CAF, no LibTorch and no other folder" \
    "$torch|$caf|^#include \"(topologies|models|actors|cli|bench|tests)/" core || ok=1
  forbid "topologies knows core only" "$torch|$caf|^#include \"(models|actors|cli|bench|tests)/" topologies || ok=1
  forbid "models knows core and LibTorch only" "$caf|^#include \"(topologies|actors|cli|bench|tests)/" models || ok=1
  forbid "actors knows core, topologies and CAF only" "$torch|^#include \"(models|cli|bench|tests)/" actors || ok=1
  forbid "cli knows neither tests nor bench" '^#include "(bench|tests)/' cli || ok=1
  forbid "a header includes only the headers of CAF and LibTorch that it needs" \
    '^#include <(torch/(torch|all|script)\.h|caf/(io/)?all\.hpp)>' '*.hpp' ':!tests/support/doctest.hpp' || ok=1
  forbid "doctest comes through tests/support/doctest.hpp only" '^#include [<"]doctest' \
    ':!tests/support/doctest.hpp' || ok=1
  forbid "own headers are included by their path from the repository's root" "^#include \"(?!$project)" \
    '*.cpp' '*.hpp' || ok=1
  forbid "random numbers come from rhizome::random_stream only" \
    '\bstd::(mt19937|minstd_rand|random_device|default_random_engine|shuffle|sample\(|\w+_distribution)' \
    "${layers[@]}" tests bench || ok=1
  forbid "the order of a hash map reaches no result: std::map, a sorted vector, or '// lookup only' on its line" \
    '^(?!.*// lookup only)(?!#include).*\bstd::unordered_' "${layers[@]}" || ok=1
  file_rules || ok=1
  return "$ok"
}

# Rules on whole files: #pragma once, own header first, length.
file_rules() {
  local ok=0 file own first
  for file in $(sources '*.hpp'); do
    grep -qx '#pragma once' "$file" || { echo "$file has no #pragma once" && ok=1; }
  done
  for file in $(sources '*.cpp'); do
    own=${file%.cpp}.hpp
    [[ -e $own ]] || continue
    first=$(grep -m1 '^#include' "$file" || true)
    [[ $first == "#include \"$own\"" ]] || { echo "$file does not include its own header $own first" && ok=1; }
  done
  for file in $(sources '*.cpp' '*.hpp'); do
    (($(wc -l <"$file") <= 400)) || { echo "$file has more than 400 lines: split it" && ok=1; }
  done
  return "$ok"
}

shell_scripts() { sources '*.sh' .ci/run | xargs shellcheck; }
configuration() { cmake --preset "$preset" >/dev/null; }
build() { cmake --build --preset "$preset" --target "$1" | tail -n 100 && echo "build/$preset"; }

# A commit without a known parent (a shallow clone, the first one) is its own base: only uncommitted work has changed.
default_base() {
  local fork
  fork=$(git merge-base HEAD origin/main 2>/dev/null || git merge-base HEAD main 2>/dev/null) || true
  if [[ -n $fork && $fork != "$(git rev-parse HEAD)" ]]; then
    echo "$fork"
  else
    git rev-parse --quiet --verify HEAD^ || git rev-parse HEAD
  fi
}

# New files, then the others with the most new lines first.
changed_files() {
  { git ls-files --others --exclude-standard &&
    git diff --numstat --no-renames --diff-filter=d "${base:-$(default_base)}" | sort -rn | cut -f 3; } |
    grep -E '\.(cpp|hpp)$' || true
}

# clang-tidy needs the commands without g++'s precompiled headers, which clang cannot read. A header is looked at
# through the unit that checks that it compiles alone. Only findings in own files count: clang 14 takes parts of
# LibTorch 1.13's headers for errors in C++20.
tidy() {
  local directory=build/$preset/tidy file findings found note=
  local -a units=()
  mkdir -p "$directory"
  sed -E 's# -Winvalid-pch##; s# -include [^ ]*cmake_pch\.hxx##' "build/$preset/compile_commands.json" \
    >"$directory/compile_commands.json"
  while read -r file; do
    [[ $file != *.hpp ]] || file=build/$preset/check_headers/$file.cpp
    if [[ -e $file ]] && grep -qF "$PWD/$file\"" "$directory/compile_commands.json"; then units+=("$file"); fi
  done < <(changed_files)
  found=${#units[@]}
  if [[ -z $base ]] && ((found > most_units)); then
    units=("${units[@]:0:most_units}")
    note=" of the $found that changed, those with the most new lines; all: --base $(default_base | cut -c 1-12)"
  fi
  if ((${#units[@]})); then
    findings=$(printf '%s\0' "${units[@]}" |
      { xargs -0 -P "$(nproc)" -n 1 clang-tidy -p "$directory" --quiet --extra-arg=-w 2>/dev/null ||
        (($? == 123)) || echo "clang-tidy: ended unexpectedly"; } |
      grep -E "^$PWD/[^:]+:[0-9:]+ error: |^clang-tidy: " | sort -u) && echo "$findings" && return 1
  fi
  echo "${#units[@]} files$note"
}

step "formatting" "clang-format -i FILE..." formatting
step "include rules" "the sentence above each line says what is allowed; docs are in CONTRIBUTING.md" include_rules
step "shell scripts" "as shellcheck says" shell_scripts
step "layers" "as CMake says; cmake/RhizomeLayers.cmake has the rule" configuration
step "build without warnings" "cmake --build --preset $preset" build all
step "headers compile alone" "cmake --build --preset $preset --target check_headers" build check_headers
step "clang-tidy" "as clang-tidy says; where it is wrong: // NOLINT(check): the reason" tidy
exit $failed
