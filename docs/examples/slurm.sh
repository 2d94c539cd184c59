#!/usr/bin/env bash
# One Rhizome host on each of four machines, and one experiment over them:  sbatch slurm.sh experiment.toml
# The working directory and $HOME are on a file system that all machines see; rhizome is in the PATH.
#SBATCH --job-name=rhizome
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --time=02:00:00
set -euo pipefail

experiment=${1:?the file of the experiment is missing}
port=4711
export SECRETS PORT=$port
SECRETS=$(mktemp -d "$HOME/rhizome-$SLURM_JOB_ID-XXXXXX") # readable for its owner only

hosts=
cleanup() {
  [[ -z $hosts ]] || kill "$hosts" 2>/dev/null || true
  wait
  rm -rf "$SECRETS"
}
trap cleanup EXIT

# An authority for this job alone: nobody else on the cluster's network gets in.
mapfile -t machines < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
rhizome certs init "$SECRETS" --days 3 >/dev/null
for name in "${machines[@]}" run; do
  rhizome certs issue "$SECRETS" "$name" --days 3 >/dev/null
done

# One host a machine. A machine that dies must not end the others: on_failure decides that.
# shellcheck disable=SC2016 # the variables are those of each machine
srun --kill-on-bad-exit=0 --overlap bash -c 'exec rhizome host --listen "0.0.0.0:$PORT" \
  --threads "$SLURM_CPUS_PER_TASK" --tls-ca "$SECRETS/ca.pem" \
  --tls-certificate "$SECRETS/$SLURMD_NODENAME.pem" --tls-key "$SECRETS/$SLURMD_NODENAME.key"' &
hosts=$!

# The run waits cluster.join_timeout for the hosts to come up.
rhizome run "$experiment" --hosts "$(printf "%s:$port\n" "${machines[@]}" | paste -sd ,)" \
  --tls-ca "$SECRETS/ca.pem" --tls-certificate "$SECRETS/run.pem" --tls-key "$SECRETS/run.key"
