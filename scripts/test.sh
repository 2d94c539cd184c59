#!/usr/bin/env bash
# Builds and runs the tests. See --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'HELP'
Usage: scripts/test.sh [--preset NAME] [--fast] [--slow] [--net] [--asan] [--tsan] [-- CTEST-ARGUMENT...]

Installs what is missing (scripts/setup.sh), builds, and runs the tests: all of them, or those of the labels given.

  --fast, --slow, --net  only the tests with one of these labels
  --preset NAME          the build to test: release (default, the one that scripts/quickstart.sh makes) or dev
  --asan                 instead, the fast tests under AddressSanitizer and UndefinedBehaviorSanitizer
  --tsan                 instead, the fast tests of core, topologies and models under ThreadSanitizer; Debian's CAF is
                         not instrumented, so those of actors and cli would report races that are none
  -- ARGUMENT...         handed to ctest, for example: -- -R topologies --verbose
HELP
}

preset=release
targets=()
labels=()
filter=()
wrapper=()
while (($#)); do
  case $1 in
    --fast | --slow | --net) labels+=("${1#--}") ;;
    --preset) preset=${2:?--preset needs a name: release or dev} && shift ;;
    --asan) preset=asan labels=(fast) targets=(all) ;;
    --tsan)
      preset=tsan labels=(fast) targets=(test_core test_topologies test_models)
      filter=(--label-regex '^(core|topologies|models)$')
      # ThreadSanitizer cannot place its memory where kernels randomise addresses with more than 28 bits. Containers may
      # forbid to switch that off, and most kernels do not need it.
      if setarch --addr-no-randomize true 2>/dev/null; then
        wrapper=(setarch --addr-no-randomize)
      else
        echo "test: setarch --addr-no-randomize is not permitted here: if ThreadSanitizer ends with \"unexpected" \
          "memory mapping\", run sysctl vm.mmap_rnd_bits=28 on the host"
      fi
      ;;
    --) shift && break ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done
((${#labels[@]})) || labels=(fast slow net)

scripts/setup.sh
cmake --preset "$preset" >/dev/null
cmake --build --preset "$preset" --target "${targets[@]:-all}"
echo "test: the tests labelled ${labels[*]} of build/$preset"
joined=$(IFS='|' && echo "${labels[*]}")
"${wrapper[@]}" ctest --preset "$preset" --parallel "$(nproc)" --no-tests=error \
  --label-regex "^($joined)\$" "${filter[@]}" "$@"
