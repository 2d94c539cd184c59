#!/usr/bin/env bash
# Fetches CIFAR-100. See --help.
# shellcheck source=scripts/data/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cifar 100 161 03b5dce01913d631647c71ecec9e9cb8 cifar-100-binary train.bin "$@"
