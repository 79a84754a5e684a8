#!/bin/sh
# A tenth of Sprout's world, from icons to weights, in some hours on two CPU cores. Interrupt it at any time; it goes on where it stopped.
# Needs npm (for the icons) and `pip install '.[train]'`.
set -eu
cd "$(dirname "$0")/.."
folder=${1:-.work}

# Spinning OpenMP threads stall each other up to sixfold when anything else runs on the machine.
export OMP_WAIT_POLICY=PASSIVE

runs/fetch_icons.sh "$folder"
exec seedbed train --recipe sprout-cpu --icons "$folder" --run "$folder/runs/sprout-cpu" \
    --output "$folder/sprout-cpu"
