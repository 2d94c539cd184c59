#!/usr/bin/env bash
# Fetches CIFAR-10. See --help.
# shellcheck source=scripts/data/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cifar 10 162 c32a1d4ab5d03f1284b67883e8d87530 cifar-10-batches-bin data_batch_1.bin "$@"
