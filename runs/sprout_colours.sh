#!/bin/sh
# Goes on from the packaged weights, or those in the second folder, with things in colours of their own: an hour on two CPU cores.
# Interrupt it at any time; it goes on where it stopped. Needs npm (for the icons) and `pip install '.[train]'`.
set -eu
cd "$(dirname "$0")/.."
folder=${1:-.work}
start=${2:-src/seedbed/sprout/weights}

# Spinning OpenMP threads stall each other up to sixfold when anything else runs on the machine.
export OMP_WAIT_POLICY=PASSIVE

runs/fetch_icons.sh "$folder"
exec seedbed train --recipe sprout-colours --start "$start" --icons "$folder" --run "$folder/runs/sprout-colours" \
    --output "$folder/sprout-colours"
