#!/usr/bin/env bash
# Ranks beside threads, pruning: a model of random weights cut to a width, by one process on two threads and by two MPI
# ranks on one thread each, in turns. Wall time, processor time of all processes together, the most memory of one process,
# and what rank 0 told the other.
#
#     Benchmarks/ranks-prune.sh [ROUNDS] [MODEL] [PAIRS] [CUT...]
#
# MODEL is open_clip's configuration of a model, a file; the standard one is ViT-B/16. CUT are flags of prune; standard:
# --vision-width 576 --vision-heads 8. Needs mpirun (OpenMPI or MPICH), Python and the release build of carbonclip, or
# $CARBONCLIP. Its pictures are scenes of the size that the model sees.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3} model=${2:-Benchmarks/peers/configs/vit-b-16.json} pairs=${3:-1024}
shift $(($# < 3 ? $# : 3))
cut=("$@")
[ ${#cut[@]} -gt 0 ] || cut=(--vision-width 576 --vision-heads 8)
program=${CARBONCLIP:-.build/release/carbonclip} launcher=${MPIRUN:-mpirun} python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

# Runs a program and leaves what it took: processor seconds and peak memory in MB.
cat >"$folder/taking.py" <<'PYTHON'
import os, resource, subprocess, sys
rank = os.environ.get("OMPI_COMM_WORLD_RANK", os.environ.get("PMI_RANK", "0"))
with open(f"{sys.argv[1]}.{rank}.json", "w") as output:
    status = subprocess.run(sys.argv[2:], stdout=output).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(f"{sys.argv[1]}.{rank}", "w") as file:
    file.write(f"{used.ru_utime + used.ru_stime:.2f} {used.ru_maxrss / 1024:.0f}\n")
sys.exit(status)
PYTHON

# Random weights as a checkpoint: one step of training at a rate that changes nothing.
size=$(sed -n 's/.*"image_size": *\([0-9]*\).*/\1/p' "$model" | head -1)
"$program" train --model "$model" --train-data "scenes:train?count=64&size=$size" --train-num-samples 2 --batch-size 2 \
  --epochs 1 --lr 1e-12 --warmup 0 --aug-cfg augment=false --save-every-minutes 0 --logs "$folder" --name dense --quiet \
  >/dev/null </dev/null
dense="$folder/dense/checkpoints/epoch_1"

# prune NAME THREADS [LAUNCHER...]: prints wall seconds, processor seconds, peak MB, MB told, seconds told.
prune() {
  local name=$1 threads=$2 start end
  shift 2
  start=$(date +%s.%N)
  "$@" "$python" "$folder/taking.py" "$folder/$name" "$program" prune --pretrained "$dense" --output "$folder/$name.model" \
    --rankings "$folder/$name.rankings" --calibration-data "scenes:train?count=20000&size=$size" \
    --calibration-samples "$pairs" --threads "$threads" --json --quiet "${cut[@]}" </dev/null
  end=$(date +%s.%N)
  rm -rf "$folder/$name.model" "$folder/$name.rankings"
  "$python" - "$folder/$name" "$start" "$end" <<'PYTHON'
import glob, json, sys
name, start, end = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
took = [tuple(map(float, open(path).read().split())) for path in glob.glob(f"{name}.[0-9]")]
told = json.load(open(f"{name}.0.json")).get("ranks", {"bytes": 0, "seconds": 0})
print(
    f"{end - start:.1f} {sum(t for t, _ in took):.1f} {max(peak for _, peak in took):.0f}",
    f"{told['bytes'] / 1e6:.1f} {told['seconds']:.1f}",
)
PYTHON
}

grep -m1 'model name' /proc/cpuinfo | sed 's/.*: //'
"$launcher" --version 2>/dev/null | head -1
echo "$(basename "$model"), $pairs pairs, ${cut[*]}"
echo
echo "| round | | wall time, s | processor time, s | peak memory of a process, MB | a rank told, MB | in, s |"
echo "| ---: | --- | ---: | ---: | ---: | ---: | ---: |"
for round in $(seq "$rounds"); do
  one=$(prune "one-$round" 2)
  two=$(prune "two-$round" 1 "$launcher" -n 2)
  # shellcheck disable=SC2086
  set -- $one
  echo "| $round | one process, 2 threads | $1 | $2 | $3 | | |"
  first=$1
  # shellcheck disable=SC2086
  set -- $two
  echo "| $round | 2 ranks of 1 thread | $1 ($(awk "BEGIN {printf \"%.3f\", $first / $1}") times as fast) | $2 | $3 | $4 | $5 |"
done
