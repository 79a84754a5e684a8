#!/bin/sh
# Sprout as it ships, the whole world, from icons to weights, on a GPU with 40 GiB of memory. Interrupt it at any time; it goes on where it stopped.
# Needs npm (for the icons) and `pip install '.[train]'`.
set -eu
cd "$(dirname "$0")/.."
folder=${1:-.work}

# Spinning OpenMP threads stall each other up to sixfold when anything else runs on the machine.
export OMP_WAIT_POLICY=PASSIVE

runs/fetch_icons.sh "$folder"
exec seedbed train --recipe sprout --icons "$folder" --run "$folder/runs/sprout" \
    --output src/seedbed/sprout/weights
