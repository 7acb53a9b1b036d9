#!/bin/bash
# What bfloat16 does to accuracy: the same trainings in float32 and in bfloat16, seed by seed.
#
#     Benchmarks/bfloat16.sh [FOLDER]
#
# Trains with carbonclip (the release build, or $CARBONCLIP) on $THREADS threads, a run at a time, with the seeds $SEEDS; a
# run that is complete is not made again, so that it can be stopped and started, and given more seeds. Prints the table that
# `Benchmarks bfloat16 FOLDER` makes of what lies in FOLDER.
set -eu
cd "$(dirname "$0")/.."
folder=${1:-logs/bfloat16} program=${CARBONCLIP:-.build/release/carbonclip} threads=${THREADS:-2}
validation='scenes:validation?count=2000&seed=0'
mkdir -p "$folder"

# ours NAME ARGUMENTS: trains in FOLDER/NAME, unless that has been done.
ours() {
  local name=$1
  shift
  grep -q '"event":"end"' "$folder/$name/log.jsonl" 2>/dev/null && return
  rm -rf "${folder:?}/$name"
  "$program" "$@" --val-data "$validation" --val-frequency 0 --save-every-minutes 0 --aug-cfg augment=false \
    --threads "$threads" --logs "$folder" --name "$name" --feature-cache "$folder/features" --quiet >/dev/null
  rm -rf "$folder/$name/checkpoints"
}

# cut NAME SIZES: FOLDER/cut/NAME, the base model pruned.
cut() {
  [ -e "$folder/cut/$1/open_clip_model.safetensors" ] || "$program" prune --pretrained checkpoints/base \
    --calibration-data 'scenes:train?count=20000' --calibration-samples 512 --rankings "$folder/rankings" \
    --output "$folder/cut/$1" --overwrite --threads "$threads" --quiet "${@:2}" >/dev/null
}

# From nothing: recipes/base.yaml with half the widths and 40,000 samples.
scratch() {
  ours "scratch_$1_$2" train --model Benchmarks/peers/configs/micro-half.json --tokenizer data/vocabularies/scenes \
    --train-data 'scenes:train?count=1000000&seed=0' --train-num-samples 40000 --epochs 1 --batch-size 64 \
    --lr 1.5e-3 --warmup 100 --wd 0.1 --grad-clip-norm 1 --precision "$1" --seed "$2"
}

# A pruned shape, taught by the whole model: recipes/pruned-base.yaml.
pruned() {
  cut pruned --target-macs 15%
  ours "pruned_$1_$2" finetune --pretrained "$folder/cut/pruned" --distill-pretrained checkpoints/base \
    --train-data 'scenes:train?count=6400' --batch-size 64 --lr 5e-4 --precision "$1" --seed "$2"
}

# Candidates as a search trains them: eight shapes, 1,024 samples.
candidates() {
  local number=0 sizes
  while read -r sizes; do
    number=$((number + 1))
    # shellcheck disable=SC2086
    cut "candidate$number" --ridge 1e-3 $sizes
    ours "candidate$number"_"$1_$2" finetune --pretrained "$folder/cut/candidate$number" \
      --distill-pretrained checkpoints/base --train-data 'scenes:train?count=6400' --train-num-samples 1024 \
      --batch-size 64 --lr 5e-4 --precision "$1" --seed "$2"
  done <<SIZES
--vision-layers 5 --vision-width 48 --vision-heads 2 --vision-mlp 96 --text-layers 2 --text-width 32 --text-heads 3 --text-mlp 64
--vision-layers 4 --vision-width 96 --vision-heads 2 --vision-mlp 192 --text-layers 4 --text-width 64 --text-heads 3 --text-mlp 128
--vision-layers 3 --text-layers 2
--vision-layers 6 --vision-width 96 --vision-heads 3 --vision-mlp 384 --text-layers 3 --text-width 64 --text-heads 2 --text-mlp 256
--vision-layers 6 --vision-width 64 --vision-heads 2 --vision-mlp 256 --text-layers 4 --text-width 64 --text-heads 2 --text-mlp 256
--vision-layers 5 --vision-width 120 --vision-heads 4 --vision-mlp 384 --text-layers 3 --text-width 80 --text-heads 2 --text-mlp 256
--vision-layers 4 --vision-width 144 --vision-heads 3 --vision-mlp 192 --text-layers 2 --text-width 96 --text-heads 3 --text-mlp 128
--vision-layers 3 --vision-width 168 --vision-heads 5 --vision-mlp 576 --text-layers 2 --text-width 112 --text-heads 4 --text-mlp 384
SIZES
}

count=0
for seed in ${SEEDS:-0 1 2 3 4}; do
  for precision in fp32 amp_bf16; do
    scratch $precision "$seed"
    pruned $precision "$seed"
    # Two seeds are enough to compare orders.
    [ $count -ge 2 ] || candidates $precision "$seed"
  done
  count=$((count + 1))
done
[ -z "${CARBONCLIP:-}" ] || [ -x .build/release/Benchmarks ] || exit 0
.build/release/Benchmarks bfloat16 "$folder"
