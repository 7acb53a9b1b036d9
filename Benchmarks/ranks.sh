#!/usr/bin/env bash
# Ranks beside threads: samples a second of training by one process on two threads and by two MPI ranks on one thread each,
# in turns, and what ranks tell one another.
#
#     Benchmarks/ranks.sh [ROUNDS] [PRECISION]
#
# Needs mpirun (OpenMPI or MPICH) and the release build of carbonclip, or $CARBONCLIP.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3} precision=${2:-amp_bf16} program=${CARBONCLIP:-.build/release/carbonclip}
launcher=${MPIRUN:-mpirun}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
sed 's/"vocab_size": *[0-9]*/"vocab_size": 866/' Benchmarks/peers/configs/micro.json >"$folder/micro.json"
cp Benchmarks/peers/configs/tinyclip-8m-16.json "$folder"

# train NAME MODEL SIZE STEPS BATCH THREADS [LAUNCHER...]
train() {
  local name=$1 model=$2 size=$3 steps=$4 batch=$5 threads=$6 ranks tokenizer=()
  shift 6
  [ "$model" != micro ] || tokenizer=(--tokenizer data/vocabularies/scenes)
  ranks=$(($# > 0 ? 2 : 1))
  "$@" "$program" train --model "$folder/$model.json" "${tokenizer[@]}" \
    --train-data "scenes:train?count=100000&size=$size" --train-num-samples $((steps * batch * ranks)) --epochs 1 \
    --batch-size "$batch" --lr 1e-3 --aug-cfg augment=false --precision "$precision" --log-every-n-steps 1 \
    --save-every-minutes 0 --threads "$threads" --logs "$folder" --name "$name" --quiet >/dev/null </dev/null
}

# rate NAME: the median rate of its steps but the first two.
rate() {
  grep '"event":"step"' "$folder/$1/log.jsonl" | tail -n +3 | sed 's/.*"samples_per_second":\([0-9.]*\).*/\1/' |
    sort -g | awk '{v[NR] = $1} END {print (NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2)}'
}

fact() { grep '"event":"end"' "$folder/$1/log.jsonl" | sed "s/.*\"$2\":\([0-9.e-]*\).*/\1/"; }

grep -m1 'model name' /proc/cpuinfo | sed 's/.*: //'
"$launcher" --version 2>/dev/null | head -1
echo
echo "| model | batch | rounds | one process, 2 threads | 2 ranks of 1 thread | ratio, by round | a step tells | and spends on that |"
echo "| --- | ---: | ---: | ---: | ---: | --- | ---: | ---: |"
while read -r model size steps batch; do
  ones="" twos="" ratios=""
  for round in $(seq "$rounds"); do
    train "one-$model-$round" "$model" "$size" "$steps" "$batch" 2
    train "two-$model-$round" "$model" "$size" "$steps" $((batch / 2)) 1 "$launcher" -n 2
    one=$(rate "one-$model-$round") two=$(rate "two-$model-$round")
    ones="$ones $one" twos="$twos $two"
    ratios="$ratios $(awk "BEGIN {printf \"%.3f\", $two / $one}")"
  done
  middle() { echo "$@" | tr ' ' '\n' | grep . | sort -g | awk '{v[NR] = $1} END {printf "%.4g", v[int((NR + 1) / 2)]}'; }
  # shellcheck disable=SC2086
  echo "| $model | $batch | $rounds | $(middle $ones)/s | $(middle $twos)/s |$ratios |" \
    "$(fact "two-$model-$rounds" bytes_per_step | awk '{printf "%.3g MB", $1 / 1e6}') |" \
    "$(fact "two-$model-$rounds" seconds_per_step | awk '{printf "%.3g ms", $1 * 1000}') |"
done <<MODELS
micro 64 12 128
tinyclip-8m-16 224 8 32
MODELS
