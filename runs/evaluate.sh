#!/bin/sh
# How good the weights are: asks, draws, judges and reports.
#   runs/evaluate.sh [FOLDER [WEIGHTS [JUDGE]]]
# The judge that comes with the repository is asked; one in another folder is trained there first, in two hours on two CPU cores, if there is none
# yet: interrupt it at any time, it goes on where it stopped. Needs npm (for the icons) and `pip install '.[train]'`.
set -eu
cd "$(dirname "$0")/.."
folder=${1:-.work}
weights=${2:-src/seedbed/sprout/weights}
judge=${3:-benchmarks/judge}

export OMP_WAIT_POLICY=PASSIVE

runs/fetch_icons.sh "$folder"
[ -f "$judge/judge.safetensors" ] || seedbed evaluate --icons "$folder" --judge "$judge" --train-judge
exec seedbed evaluate --icons "$folder" --judge "$judge" --weights "$weights" --output "$folder/evaluation"
