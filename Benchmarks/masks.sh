#!/usr/bin/env bash
# Learned masks beside other strategies: the base model cut to a share of an image's multiply-adds, measured after the cut and
# after a short fine-tuning with the base model as teacher. Accuracy is mean recall@1 on 1,024 validation scenes.
#
#     Benchmarks/masks.sh [SHARE] [STRATEGY...]
#
# SHARE is 25%; strategies are surgeon learned-masks taylor magnitude random. Needs the release build of carbonclip, or $CARBONCLIP.
# 16,000 samples of learning and 8,192 of fine-tuning each: some half an hour of two cores.
set -euo pipefail
cd "$(dirname "$0")/.."
share=${1:-25%}
shift $(($# < 1 ? $# : 1))
strategies=("$@")
[ ${#strategies[@]} -gt 0 ] || strategies=(surgeon learned-masks taylor magnitude random)
program=${CARBONCLIP:-.build/release/carbonclip} folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
pairs='scenes:train?count=20000' validation='scenes:validation?count=1024'

recall() { sed -n 's/.*mean_recall@1 *\([0-9.]* *%[^(]*\).*/\1/p' "$1" | head -1; }

grep -m1 'model name' /proc/cpuinfo | sed 's/.*: //'
echo
echo "| strategy | after the cut | fine-tuned |"
echo "| --- | ---: | ---: |"
for strategy in "${strategies[@]}"; do
  flags=()
  [ "$strategy" != learned-masks ] || flags=(--mask-samples 16000)
  "$program" prune --pretrained checkpoints/base --strategy "$strategy" --target-image-macs "$share" --calibration-data "$pairs" \
    ${flags[@]+"${flags[@]}"} --rankings "$folder/rankings" --output "$folder/$strategy" --quiet >/dev/null </dev/null
  "$program" evaluate --pretrained "$folder/$strategy" --data "$validation" --quiet >"$folder/cut" </dev/null
  "$program" finetune --pretrained "$folder/$strategy" --distill-pretrained checkpoints/base --train-data "$pairs" \
    --train-num-samples 8192 --epochs 1 --batch-size 64 --lr 6e-4 --val-data "$validation" --logs "$folder/logs" \
    --name "$strategy" --quiet >"$folder/tuned" </dev/null
  echo "| $strategy | $(recall "$folder/cut") | $(recall "$folder/tuned") |"
done
