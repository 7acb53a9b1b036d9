import CLIPFiles
import Foundation
import Testing

/// Command lines that were written for open_clip's training.
@Suite("open_clip's flags")
struct OpenCLIPFlagsTests {
  /// What open_clip_train/params.py of open_clip_torch 3.3.0 declares: flags without a value, with one, with several.
  static let withoutValue = """
    --dataset-resampled --log-local --use-bn-sync --skip-scheduler --save-most-recent --pretrained-image
    --lock-image --lock-image-freeze-bn-stats --grad-checkpointing --local-loss --gather-with-grad
    --force-quick-gelu --force-custom-text --torchscript --torchcompile --trace --debug --copy-codebase
    --horovod --ddp-static-graph --no-set-device-rank --lock-text --lock-text-freeze-layer-norm
    --delete-previous-checkpoint --siglip
    """
  static let withValue = """
    --train-data --train-data-upsampling-factors --val-data --train-num-samples --val-num-samples
    --dataset-type --csv-separator --csv-img-key --csv-caption-key --imagenet-val --imagenet-v2 --cache-dir
    --logs --name --workers --batch-size --epochs --epochs-cooldown --lr --beta1 --beta2 --eps --wd
    --momentum --warmup --opt --lr-scheduler --lr-cooldown-end --lr-cooldown-power --save-frequency
    --zeroshot-frequency --val-frequency --resume --precision --model --pretrained
    --lock-image-unlocked-groups --image-interpolation --image-resize-mode --force-context-length
    --force-patch-dropout --accum-freq --device --dist-url --dist-backend --report-to --wandb-notes
    --wandb-project-name --seed --grad-clip-norm --lock-text-unlocked-layers --log-every-n-steps
    --coca-caption-loss-weight --coca-contrastive-loss-weight --remote-sync --remote-sync-frequency
    --remote-sync-protocol --distill-model --distill-pretrained --use-bnb-linear --loss-dist-impl
    """
  static let withSeveral = """
    --image-mean --image-std --aug-cfg --force-image-size
    """

  /// Flags that would change what is learned in a way that does not exist here, and what the answer must name.
  static let refused = [
    "--train-data-upsampling-factors": "--train-data", "--skip-scheduler": "--lr-scheduler const",
    "--image-mean": "preprocess_cfg", "--image-std": "preprocess_cfg", "--image-interpolation": "preprocess_cfg",
    "--image-resize-mode": "preprocess_cfg", "--force-context-length": "text_cfg",
  ]
  /// Flags that `train` has itself.
  static let same = Set(
    """
    --train-data --val-data --train-num-samples --dataset-type --csv-separator --csv-img-key --csv-caption-key --logs
    --opt --name --batch-size --epochs --epochs-cooldown --lr --beta1 --beta2 --eps --wd --warmup --lr-scheduler
    --lr-cooldown-end --lr-cooldown-power --save-frequency --val-frequency --resume --model --pretrained --lock-image
    --lock-image-unlocked-groups --aug-cfg --grad-checkpointing --force-image-size --force-quick-gelu --accum-freq
    --precision --seed --grad-clip-norm --lock-text --lock-text-unlocked-layers --log-every-n-steps --distill-model
    --distill-pretrained --siglip --local-loss
    """.split { $0.isWhitespace }.map(String.init))

  private static func values(_ flag: String, _ folder: String) -> [String] {
    let known: [String: [String]] = [
      "--lr-scheduler": ["cosine"], "--dataset-type": ["auto"], "--precision": ["amp"], "--opt": ["adamw"],
      "--force-patch-dropout": ["0"], "--logs": ["\(folder)/logs"], "--resume": ["latest"], "--model": ["micro-s"],
      "--train-data": ["nowhere"], "--val-data": ["nowhere"], "--pretrained": ["nowhere"],
      "--distill-pretrained": ["nowhere"], "--imagenet-val": ["nowhere"], "--report-to": ["tensorboard"],
      "--force-image-size": ["64", "64"], "--image-mean": ["0.5", "0.5", "0.5"], "--image-std": ["0.5", "0.5", "0.5"],
      "--aug-cfg": ["scale=(0.4, 1.0)", "color_jitter_prob=0.8", "use_timm=True"], "--beta1": ["0.9"],
      "--beta2": ["0.9"], "--eps": ["1e-6"], "--batch-size": ["8"],
    ]
    return known[flag] ?? ["1"]
  }

  @Test("each of open_clip 3.3's flags is taken, passed over with a note, or answered with what to write instead")
  func eachFlag() throws {
    let folder = try TemporaryFolder()
    let words = { (text: String) in text.split { $0.isWhitespace }.map(String.init) }
    let flags =
      words(Self.withoutValue).map { ($0, [String]()) }
      + (words(Self.withValue) + words(Self.withSeveral)).map { ($0, Self.values($0, folder.path)) }
    #expect(flags.count == 90 && Set(flags.map(\.0)).count == 90)
    for (flag, values) in flags {
      let outcome = try Program.run(
        [
          "train", "--model", "micro-s", "--tokenizer", "\(KillTests.root)/data/vocabularies/scenes", "--train-data",
          "nowhere", "--logs", "\(folder.path)/logs", "--name", "a", flag,
        ] + values)
      let isNoted = outcome.errors.contains("note: \(flag) is ")
      if let advice = Self.refused[flag] {
        #expect(outcome.status == 64 && outcome.errors.contains(advice), "\(flag): \(outcome.errors)")
        continue
      }
      // Behind the parser stands the data that is not there, or a value that goes with nothing (64).
      #expect(
        [1, 64].contains(outcome.status) && !outcome.errors.contains("Unknown option"), "\(flag): \(outcome.errors)")
      #expect(outcome.errorLines.count == 1, "\(flag): \(outcome.errors)")
      #expect(isNoted != Self.same.contains(flag), "\(flag): \(outcome.errors)")
    }
  }

  @Test("a command line of open_clip's README starts and trains; all that cannot be followed is named at once")
  func pasted() throws {
    let folder = try TemporaryFolder()
    let line = [
      "train", "--save-frequency", "1", "--zeroshot-frequency", "1", "--report-to", "tensorboard",
      "--train-data=scenes:train?count=16", "--val-data=scenes:validation?count=8", "--csv-img-key", "filepath",
      "--csv-caption-key", "title", "--imagenet-val=/path/to/imagenet/root/val/", "--warmup", "10000", "--batch-size=8",
      "--lr=1e-3", "--wd=0.1", "--epochs=1", "--workers=8", "--model", "micro-s", "--precision", "amp", "--local-loss",
      "--gather-with-grad", "--dataset-resampled", "--dist-url", "env://", "--torchcompile", "--seed", "0", "--aug-cfg",
      "scale=(0.4, 1.0)", "color_jitter=(0.32, 0.32, 0.32, 0.08)", "color_jitter_prob=0.8", "gray_scale_prob=0.2",
      "use_timm=True", "--delete-previous-checkpoint", "--tokenizer", "\(KillTests.root)/data/vocabularies/scenes",
      "--logs", "\(folder.path)/logs", "--name", "a",
    ]
    let outcome = try Program.run(line)
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("note: --imagenet-val is passed over beside --val-data"), "\(outcome.errors)")
    let settings = try TextFile.text(of: "\(folder.path)/logs/a/params.yaml")
    for text in ["val-frequency: 1\n", "aug-scale: [0.4, 1]", "aug-color-jitter: [0.32", "aug-gray-scale-prob: 0.2"] {
      #expect(settings.contains(text), "\(text) in \(settings)")
    }
    let refused = try Program.run(line + ["--opt", "timm/lamb", "--skip-scheduler", "--force-patch-dropout", "0.5"])
    #expect(refused.status == 64)
    for text in ["--opt timm/lamb", "--lr-scheduler const --warmup 0", "--force-patch-dropout 0.5"] {
      #expect(refused.errors.contains(text), "\(refused.errors)")
    }
  }

  @Test(
    "a value that begins with a minus is met by its range",
    arguments: [
      (
        ["train", "--model", "micro-s", "--train-data", "x", "--lr", "-1"],
        "lr must be a number from 0 to 1000, found -1"
      ),
      (["train", "--model", "micro-s", "--train-data", "x", "--batch-size", "-4"], "batch-size must be"),
      (["finetune", "--pretrained", "x", "--train-data", "x", "--wd", "-.5"], "wd must be a number"),
      (["train", "--model", "micro-s", "--train-data", "x", "--threads", "-1"], "--threads must be from 1 to 1024"),
      (
        ["estimate", "--model", "ViT-B-32", "--design", "edge-base", "--lifetime", "-1 years"],
        "must be 0.0001 to 100 years, found \"-1 years\""
      ),
      (
        ["estimate", "--model", "ViT-B-32", "--design", "edge-base", "--grid", "-5 g/kWh"],
        "must be 0 to 2000 g/kWh, found \"-5 g/kWh\""
      ),
    ])
  func negative(arguments: [String], expected: String) throws {
    let outcome = try Program.run(arguments)
    #expect(outcome.status != 0 && outcome.errors.contains(expected), "\(outcome.errors)")
    #expect(!outcome.errors.contains("Missing value"), "\(outcome.errors)")
  }
}
