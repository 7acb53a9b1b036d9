#!/usr/bin/env bash
# Kills everything that can be killed of a search on Slurm, and compares its front with an undisturbed one's:
#
#   scripts/slurm-single-node run Benchmarks/slurm-kills.sh .build/release/carbonclip [KILLS] [RESULT.md]
#
# All 36 shapes of a tiny space are tried (SIZES=64: 12), so that the front does not depend on their order. In turn the coordinator, a task,
# a node's slurmd and slurmctld are killed with SIGKILL while tasks run; whatever is a daemon or the coordinator is started
# again after some seconds. Ends with 1 where the fronts differ, or a trial was finished twice.
set -euo pipefail
program=$(realpath "$1") kills=${2:-12} result=${3:-/dev/stdout}
root=$(cd "$(dirname "$0")/.." && pwd)
sizes=${SIZES:-16, 32, 64}
all=$((12 * $(tr ',' '\n' <<<"$sizes" | wc -l)))
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/model.json" <<'JSON'
{"embed_dim": 16, "vision_cfg": {"image_size": 32, "patch_size": 16, "width": 16, "layers": 2, "head_width": 8},
 "text_cfg": {"context_length": 20, "vocab_size": 866, "width": 16, "heads": 2, "layers": 2}}
JSON
"$program" train --quiet --model "$work/model.json" --tokenizer "$root/data/vocabularies/scenes" --train-data 'scenes:train?count=200&size=32' \
  --batch-size 16 --epochs 1 --train-num-samples 64 --lr 1e-3 --logs "$work" --name base >/dev/null
cat >"$work/all.yaml" <<YAML
mode: carbon
pretrained: $work/base/checkpoints/epoch_1
train-data: scenes:train?count=200&size=32
val-data: scenes:validation?count=40&size=32
model-space: {vision-layers: [1, 2], vision-mlp: [16, 32, 64], text-width: [8, 16], text-mlp: [$sizes]}
hardware: camera-1920
scenario: camera
strategy: magnitude
calibration-samples: 16
finetune: {train-num-samples: ${SAMPLES:-800}, batch-size: 16, lr: 1e-3}
trials: $all
initial-trials: 5
looks: false
YAML
words=(search "$work/all.yaml" --name s --threads 1)
begun=$(date +%s)
"$program" "${words[@]}" --quiet --logs "$work/whole" --candidates "$work/whole/c" >/dev/null
alone=$(($(date +%s) - begun))

study=$work/killed/s
coordinate() {
  "$program" "${words[@]}" --logs "$work/killed" --candidates "$work/killed/c" --executor slurm --workers 4 "$@" \
    >"$work/out" 2>>"$work/errors" &
  coordinator=$!
}
# A process that has taken a task and left nothing so far.
task() {
  local file pid
  for file in "$study"/tasks/*.taken; do
    [ -e "$file" ] && [ ! -e "${file%.taken}.result" ] || continue
    pid=$(sed -n 's/.*"process": *\([0-9]*\).*/\1/p' "$file" 2>/dev/null) || continue
    if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; then echo "$pid"; return; fi
  done
  return 0
}
wait_for_task() {
  for _ in $(seq 1200); do
    kill -0 "$coordinator" 2>/dev/null || return 1
    [ -n "$(task)" ] && return 0
    sleep 0.05
  done
  return 1
}

begun=$(date +%s)
coordinate
done_kills=()
for kill in $(seq 0 $((kills - 1))); do
  wait_for_task || break
  sleep "0.$((RANDOM % 8))"
  case $((kill % 4)) in
    0)
      kill -KILL "$coordinator" 2>/dev/null || break
      wait "$coordinator" 2>/dev/null || true
      # What ends meanwhile is taken up by the next.
      sleep 2
      coordinate --resume
      done_kills+=(coordinator) ;;
    1)
      victim=$(task)
      [ -n "$victim" ] && kill -KILL "$victim" 2>/dev/null && done_kills+=(task) ;;
    2)
      # The second time it stays away for longer than SlurmdTimeout, so that Slurm takes its jobs for lost.
      away=$((kill > 4 ? 14 : 3))
      kill -KILL "$(cat "$SLURM_SINGLE_NODE/slurmd-node2.pid")" && done_kills+=(slurmd)
      sleep "$away"
      rm -f "$SLURM_SINGLE_NODE/slurmd-node2.pid"
      "$root/scripts/slurm-single-node" daemon 2 ;;
    3)
      kill -KILL "$(cat "$SLURM_SINGLE_NODE/slurmctld.pid")" && done_kills+=(slurmctld)
      sleep 3
      rm -f "$SLURM_SINGLE_NODE/slurmctld.pid"
      "$root/scripts/slurm-single-node" daemon slurmctld ;;
  esac
done
status=0
wait "$coordinator" || status=$?
if [ "$status" != 0 ]; then
  tail -n 5 "$work/errors" >&2
  echo "slurm-kills: the search ended with $status" >&2
  exit 1
fi
seconds=$(($(date +%s) - begun))

# All of the front but the letters of designs and the numbers of trials, which depend on their order.
front() {
  python3 - "$1" <<'PY'
import csv, sys
for row in sorted(",".join(v for k, v in r.items() if k not in ("design", "trial", "model"))
                  for r in csv.DictReader(open(sys.argv[1] + "/front.csv"))): print(row)
PY
}
front "$work/whole/s" >"$work/a"
front "$study" >"$work/b"
same=no
cmp -s "$work/a" "$work/b" && same=yes
begun_tasks=$(find "$study/workers" -name 'trial-*.log' | wc -l)
finished=$(cat "$study"/workers/trial-*.log | grep -cE '^trial-[0-9]+\.[0-9]+: finished$' || true)
twice=$(cat "$study"/workers/trial-*.log | grep -E ': finished$' | sed 's/\..*//' | sort | uniq -d | wc -l)
trials=$(($(wc -l <"$study/trials.csv") - 1))
cat >"$result" <<MD
| | |
| --- | --- |
| Slurm | $(sinfo --version), $(sinfo --noheader --Node | wc -l) virtual nodes, 4 tasks at a time |
| kills | ${#done_kills[@]}: $(printf '%s\n' "${done_kills[@]}" | sort | uniq -c | awk '{printf "%s%d x %s", (NR > 1 ? ", " : ""), $1, $2}') |
| trials in the study | $trials |
| tasks that printed something / ended with a measurement | $begun_tasks / $finished |
| trials that were measured twice | $twice |
| front as in an undisturbed search of one process | $same ($(wc -l <"$work/a") rows) |
| seconds, with kills and waits / undisturbed, one process | $seconds / $alone |
MD
[ "$result" = /dev/stdout ] || cat "$result"
[ "$same" = yes ] && [ "$twice" = 0 ] && [ "$trials" = "$all" ]
