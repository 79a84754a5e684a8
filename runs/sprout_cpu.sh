#!/bin/sh
# Sprout as it ships, from icons to weights, on two CPU cores. Interrupt it at any time; it goes on where it stopped.
# Needs npm (for the icons) and `pip install '.[train]'`.
set -eu
cd "$(dirname "$0")/.."
folder=${1:-.work}

# Spinning OpenMP threads stall each other up to sixfold when anything else runs on the machine.
export OMP_WAIT_POLICY=PASSIVE

train() { # recipe, where its weights go, further options
    recipe=$1 output=$2
    shift 2
    seedbed train --recipe "$recipe" --icons "$folder" --run "$folder/runs/$recipe" --output "$output" "$@"
}

runs/fetch_icons.sh "$folder"
# What all nouns have in common is learnt soonest from few of them; then come all.
train sprout-cpu-first "$folder/sprout-cpu-first"
train sprout-cpu src/seedbed/sprout/weights --start "$folder/sprout-cpu-first"
