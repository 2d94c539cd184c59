#!/usr/bin/env bash
# Runs the experiments of configs/paper and draws them. See --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'HELP'
Usage: scripts/paper.sh [--seeds N] [--tables] [GROUP...]

Runs the experiments of configs/paper, DecentralizePy's in its own shape on Fashion-MNIST, one after another, into
runs/paper/GROUP/. Prints a table of each group and draws it, against rounds and against bytes, as
runs/paper/GROUP.svg and runs/paper/GROUP-bytes.svg. A run that is done is not run again, so that an interrupted call
goes on where it was. Needs build/release/bin/rhizome (scripts/quickstart.sh makes it).

  GROUP      topologies          64 nodes, 4 graphs               sparsification  the same, 4 ways to send less
             sparsification-iid  the same with data alike         many-nodes      256 nodes, 3 runs
             scale               1,024 nodes, 20 rounds           secure-aggregation  48 nodes, with and without
             all of them by default
  --seeds N  how many seeds of topologies and sparsification (default 3; the other groups have one)
  --tables   run nothing: tables and figures of what is there
HELP
}

seeds=3
run=true
groups=()
while (($#)); do
  case $1 in
    --seeds) seeds=${2:?--seeds needs a number} && shift ;;
    --tables) run=false ;;
    -h | --help) usage && exit ;;
    topologies | sparsification | sparsification-iid | many-nodes | scale | secure-aggregation) groups+=("$1") ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done
((${#groups[@]})) || groups=(topologies sparsification sparsification-iid many-nodes scale secure-aggregation)

readonly program=build/release/bin/rhizome
[[ -x $program ]] || { echo "paper: $program is missing: run scripts/quickstart.sh first" >&2 && exit 1; }

# The variants of a group, a line each: name, file in configs/paper, overrides.
variants() {
  local dynamic=topology.dynamic=true choco="sharing.name=choco sharing.alpha=0.1 sharing.step_size=0.3"
  case $1 in
    topologies)
      local less=experiment.nodes=64
      echo "ring topologies $less topology.name=ring"
      echo "5-regular topologies $less"
      echo "dynamic-5-regular topologies $less $dynamic"
      echo "fully-connected topologies $less topology.name=complete"
      ;;
    sparsification | sparsification-iid)
      local more=
      [[ $1 == sparsification ]] || { more=data.partition=iid && echo "full sparsification $more"; }
      echo "random-10 sparsification sharing.name=random sharing.alpha=0.1 $more"
      echo "top-k-10 sparsification sharing.name=top-k sharing.alpha=0.1 $more"
      echo "choco-10 sparsification $choco $more"
      echo "jwins sparsification sharing.name=jwins $more"
      ;;
    many-nodes)
      echo "full-256 sparsification experiment.nodes=256"
      echo "top-k-10-256 sparsification experiment.nodes=256 sharing.name=top-k sharing.alpha=0.1"
      echo "dynamic-256 topologies $dynamic"
      ;;
    scale) echo "dynamic-1024 scale $dynamic" ;;
    secure-aggregation)
      echo "with secure-aggregation"
      echo "without secure-aggregation sharing.name=full"
      ;;
  esac
}

# run_one GROUP SEED NAME FILE OVERRIDE...
run_one() {
  local group=$1 seed=$2 name=$3-seed$2 file=$4 override
  local -a sets=(--set "experiment.name=$name" --set "experiment.seed=$seed")
  for override in "${@:5}"; do sets+=(--set "$override"); done
  if compgen -G "runs/paper/$group/$name-*/model.pt" >/dev/null; then
    echo "paper: $group: $name is done"
    return
  fi
  echo "paper: $group: $name"
  "$program" run "configs/paper/$file.toml" "${sets[@]}" --force -q -o "runs/paper/$group" </dev/null
}

# The directories of a group's runs. The whole model is what topologies' 5-regular graph has sent already.
directories_of() {
  [[ $1 != sparsification ]] || compgen -G "runs/paper/topologies/5-regular-seed*/" || true
  compgen -G "runs/paper/$1/*/"
}

# One line for each run: name without its seed, accuracy, its deviation over nodes, consensus accuracy, GB, seconds.
figures_of() {
  local directory
  for directory in $(directories_of "$1"); do
    sqlite3 -separator ' ' "$directory/results.sqlite" "SELECT substr(name, 1, instr(name, '-seed') - 1), accuracy_mean, accuracy_std,
      accuracy_consensus, bytes_sent / 1e9, seconds_rounds FROM runs WHERE status = 'done'"
  done
}

table() {
  echo "| $1 | seeds | accuracy over nodes | std over nodes | consensus accuracy | sent, GB | seconds |"
  echo "| --- | --- | --- | --- | --- | --- | --- |"
  figures_of "$1" | awk '
    !($1 in n) { order[++kinds] = $1 }
    { n[$1]++; a[$1] += $2; aa[$1] += $2 * $2; s[$1] += $3; c[$1] += $4; cc[$1] += $4 * $4; b[$1] += $5; t[$1] += $6 }
    function deviation(sum, squares, count) { v = squares / count - (sum / count) ^ 2; return v > 0 ? sqrt(v) : 0 }
    END { for (i = 1; i <= kinds; i++) { k = order[i]; m = n[k]
      printf "| %s | %d | %.1f %% ± %.1f | %.1f | %.1f %% ± %.1f | %.2f | %.0f |\n", k, m, 100 * a[k] / m,
        100 * deviation(a[k], aa[k], m), 100 * s[k] / m, 100 * c[k] / m, 100 * deviation(c[k], cc[k], m),
        b[k] / m, t[k] / m } }'
}

draw() {
  local -a directories
  mapfile -t directories < <(directories_of "$1" | grep -e -seed1-)
  "$program" plot "${directories[@]}" -y accuracy -o "runs/paper/$1.svg"
  "$program" plot "${directories[@]}" -y accuracy -x bytes -o "runs/paper/$1-bytes.svg"
}

for group in "${groups[@]}"; do
  count=1
  [[ $group != topologies && $group != sparsification ]] || count=$seeds
  if $run; then
    while read -r name file overrides; do
      for ((seed = 1; seed <= count; seed++)); do
        # shellcheck disable=SC2086 # one word an override
        run_one "$group" "$seed" "$name" "$file" $overrides
      done
    done < <(variants "$group")
  fi
  table "$group"
  draw "$group"
done
