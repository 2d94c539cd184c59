#!/usr/bin/env bash
# A cluster on one machine, for trying things out. See --help.
# shellcheck disable=SC2317 # a trap calls stop_all
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
  cat <<'HELP'
Usage: scripts/cluster-local.sh [OPTION...] N [FILE [ARGUMENT...]]

Starts N hosts (`rhizome host`) on free ports of 127.0.0.1, from 4711 up. With FILE it runs that experiment over them,
stops them and leaves with the run's exit code; the ARGUMENTs go to `rhizome run`. Without FILE it prints the options
for `rhizome run` and keeps the hosts until Ctrl-C.

  --tls          the hosts know each other by certificates, made for this call
  --threads T    threads of each host; by default the machine's cores are shared out
  --port P       the first port to try (4711)

The program is build/release/bin/rhizome, or what the variable RHIZOME names.

  scripts/cluster-local.sh 3 configs/quickstart.toml --set experiment.rounds=10 --again
  scripts/cluster-local.sh --tls 2
HELP
}

readonly seconds_to_start=60 seconds_to_stop=15
tls=no port=4711 threads=
while (($#)) && [[ $1 == -* ]]; do
  case $1 in
    --tls) tls=yes ;;
    --threads) threads=${2:?--threads needs a number} && shift ;;
    --port) port=${2:?--port needs a number} && shift ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done
if ! [[ ${1:-} =~ ^[1-9][0-9]?$ && $port =~ ^[1-9][0-9]{0,4}$ && $threads =~ ^[0-9]*$ ]]; then
  usage >&2
  exit 2
fi
readonly count=$1
shift
if [[ -z $threads ]]; then
  threads=$(($(nproc) / count))
  ((threads)) || threads=1
fi

say() { echo "cluster: $*" >&2; }
die() { say "$@" && exit 1; }

rhizome=${RHIZOME:-$root/build/release/bin/rhizome}
command -v "$rhizome" >/dev/null || die "there is no $rhizome: build it (scripts/quickstart.sh does), or set RHIZOME"

directory=$(mktemp -d)
hosts=()     # process ids
addresses=() # of the same

stop_all() {
  local host left=$((10 * seconds_to_stop))
  trap '' INT TERM # a second Ctrl-C leaves nothing behind
  for host in "${hosts[@]}"; do kill -TERM "$host" 2>/dev/null || true; done
  for host in "${hosts[@]}"; do
    while kill -0 "$host" 2>/dev/null && ((left-- > 0)); do sleep 0.1; done
    kill -KILL "$host" 2>/dev/null || true
    wait "$host" 2>/dev/null || true
  done
  rm -rf "$directory"
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Whether nobody listens at the port: connecting fails.
is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# tls_options NAME: what lets a process in that belongs to the cluster.
tls_options() {
  [[ $tls == yes ]] || return 0
  printf '%s\n' --tls-ca "$directory/ca.pem" --tls-certificate "$directory/$1.pem" --tls-key "$directory/$1.key"
}

start_host() {
  local name=host$((${#hosts[@]} + 1)) address options
  until is_free "$port"; do ((++port < 65536)) || die "no port is free"; done
  address=127.0.0.1:$((port++))
  [[ $tls == no ]] || "$rhizome" certs issue "$directory" "$name" --days 2 >/dev/null
  mapfile -t options < <(tls_options "$name")
  : >"$directory/$name.log" # wait_for_host may look before the host has opened it
  "$rhizome" host --listen "$address" --threads "$threads" "${options[@]}" >>"$directory/$name.log" 2>&1 &
  hosts+=($!)
  addresses+=("$address")
}

wait_for_host() {
  local log=$directory/host$1.log left=$((10 * seconds_to_start))
  until grep -q '^listening on ' "$log"; do
    kill -0 "${hosts[$1 - 1]}" 2>/dev/null || die "host $1 ended: $(tail -n 5 "$log")"
    ((left-- > 0)) || die "host $1 does not listen after $seconds_to_start s: $(tail -n 5 "$log")"
    sleep 0.1
  done
}

if [[ $tls == yes ]]; then
  "$rhizome" certs init "$directory" --days 2 >/dev/null
  "$rhizome" certs issue "$directory" run --days 2 >/dev/null
fi
for ((i = 1; i <= count; ++i)); do start_host; done
for ((i = 1; i <= count; ++i)); do wait_for_host "$i"; done

mapfile -t options < <(tls_options run)
options=(--hosts "$(IFS=, && echo "${addresses[*]}")" "${options[@]}")
if (($#)); then
  say "$count hosts are up: $rhizome run $* ${options[*]}"
  code=0
  "$rhizome" run "$@" "${options[@]}" || code=$?
  ((code == 0 || code == 130)) || { say "what the hosts said last:" && tail -n 5 "$directory"/*.log >&2; }
  exit "$code"
fi
say "$count hosts are up until Ctrl-C. Run an experiment over them with these options:"
echo "${options[*]}"
wait -n "${hosts[@]}" || true
say "a host has ended:" && tail -n 5 "$directory"/*.log >&2
exit 1
