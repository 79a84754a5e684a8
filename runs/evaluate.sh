#!/bin/sh
# How good the weights are: trains the judge where there is none yet, then asks, draws, judges and reports.
#   runs/evaluate.sh [FOLDER [WEIGHTS]]
# Needs npm (for the icons) and `pip install '.[train]'`. Interrupt it at any time while the judge trains; it goes on where it stopped.
set -eu
cd "$(dirname "$0")/.."
folder=${1:-.work}
weights=${2:-src/seedbed/sprout/weights}

export OMP_WAIT_POLICY=PASSIVE

runs/fetch_icons.sh "$folder"
[ -f "$folder/judge/judge.safetensors" ] ||
    seedbed evaluate --icons "$folder" --judge "$folder/judge" --train-judge
exec seedbed evaluate --icons "$folder" --judge "$folder/judge" --weights "$weights" --output "$folder/evaluation"
