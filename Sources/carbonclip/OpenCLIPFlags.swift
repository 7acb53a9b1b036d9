import CLIPTraining

/// What becomes of the flags of open_clip 3.3's `open_clip_train`, so that a command line written for it starts here.
///
/// Flags that `train` has under the same name and meaning are those of ``TrainingOptions`` and stand here as
/// ``Treatment/same``.
struct OpenCLIPFlag: Sendable {
  /// How many words follow the flag.
  enum Words: Sendable { case none, one, several }

  enum Treatment: Sendable {
    /// An option of `train` with that name and meaning.
    case same
    /// Passed over with a note: it means nothing here, or what it asks for is done anyway.
    case note(String)
    /// Passed over with a note for the values that mean nothing here, refused with the advice for others.
    case noteFor([String], String, otherwise: String)
    /// Refused: it would change what is learned. What to write instead.
    case instead(String)
    /// Becomes another flag with the same words, with a note, unless that one is given too: then it is only noted.
    case becomes(String, String)
  }

  let name: String
  let words: Words
  let treatment: Treatment

  init(_ name: String, _ words: Words, _ treatment: Treatment) {
    self.name = name
    self.words = words
    self.treatment = treatment
  }

  static let loss = "gradients always go through the features of all ranks"
  static let processes = "ranks are started with mpirun or srun; alone, one process computes on all threads (--threads)"
  static let recorded = "log.jsonl, run.html and tensorboard/ in the run's folder are always written"
  static let configuration = "write it into the configuration that --model names (carbonclip models shows the names)"

  /// All 90 that `open_clip_train/params.py` of open_clip 3.3.0 declares, in its order.
  static let all: [OpenCLIPFlag] = [
    .init("train-data", .one, .same),
    .init(
      "train-data-upsampling-factors", .one,
      .instead("draw from the sources in the wanted proportion with shards in that proportion in --train-data")),
    .init("val-data", .one, .same),
    .init("train-num-samples", .one, .same),
    .init("val-num-samples", .one, .note("validation data is counted; --val-limit N measures on N images at most")),
    .init("dataset-type", .one, .same),
    .init(
      "dataset-resampled", .none,
      .note("shards are indexed and each sample is drawn once an epoch; --train-num-samples sets an epoch's length")),
    .init("csv-separator", .one, .same),
    .init("csv-img-key", .one, .same),
    .init("csv-caption-key", .one, .same),
    .init("imagenet-val", .one, .becomes("val-data", "class folders are validation data here: --val-data")),
    .init("imagenet-v2", .one, .becomes("val-data", "class folders are validation data here: --val-data")),
    .init("cache-dir", .one, .note("nothing is downloaded here")),
    .init("logs", .one, .same),
    .init("log-local", .none, .note(processes)),
    .init("name", .one, .same),
    .init("workers", .one, .note("data is drawn on all threads (--threads)")),
    .init("batch-size", .one, .same),
    .init("epochs", .one, .same),
    .init("epochs-cooldown", .one, .same),
    .init("lr", .one, .same),
    .init("beta1", .one, .same),
    .init("beta2", .one, .same),
    .init("eps", .one, .same),
    .init("wd", .one, .same),
    .init("momentum", .one, .note("the optimizers here have none; see --beta1")),
    .init("warmup", .one, .same),
    .init("opt", .one, .same),
    .init("use-bn-sync", .none, .note("the models here have no batch norm")),
    .init("skip-scheduler", .none, .instead("use --lr-scheduler const --warmup 0")),
    .init("lr-scheduler", .one, .same),
    .init("lr-cooldown-end", .one, .same),
    .init("lr-cooldown-power", .one, .same),
    .init("save-frequency", .one, .same),
    .init(
      "save-most-recent", .none,
      .note("a resume point is written every --save-every-minutes, and --resume latest finds it")
    ),
    .init(
      "zeroshot-frequency", .one,
      .becomes("val-frequency", "zero-shot accuracy is measured by validation, every --val-frequency epochs")),
    .init("val-frequency", .one, .same),
    .init("resume", .one, .same),
    .init("precision", .one, .same),
    .init("model", .one, .same),
    .init("pretrained", .one, .same),
    .init("pretrained-image", .none, .note("the towers start at random, or from --pretrained")),
    .init("lock-image", .none, .same),
    .init("lock-image-unlocked-groups", .one, .same),
    .init("lock-image-freeze-bn-stats", .none, .note("the models here have no batch norm")),
    .init("image-mean", .several, .instead("it is \"mean\" of preprocess_cfg: \(configuration)")),
    .init("image-std", .several, .instead("it is \"std\" of preprocess_cfg: \(configuration)")),
    .init("image-interpolation", .one, .instead("it is \"interpolation\" of preprocess_cfg: \(configuration)")),
    .init("image-resize-mode", .one, .instead("it is \"resize_mode\" of preprocess_cfg: \(configuration)")),
    .init("aug-cfg", .several, .same),
    .init("grad-checkpointing", .none, .same),
    .init("local-loss", .none, .same),
    .init("gather-with-grad", .none, .note(loss)),
    .init("force-context-length", .one, .instead("it is \"context_length\" of text_cfg: \(configuration)")),
    .init("force-image-size", .several, .same),
    .init("force-quick-gelu", .none, .same),
    .init(
      "force-patch-dropout", .one,
      .noteFor(
        ["0", "0.", "0.0"], "no patches are left out here", otherwise: "no patches are left out here; leave it away")),
    .init("force-custom-text", .none, .note("both of open_clip's ways to name a text tower's weights are read")),
    .init("torchscript", .none, .note("there is no graph to compile")),
    .init("torchcompile", .none, .note("there is no graph to compile")),
    .init("trace", .none, .note("there is no graph to compile")),
    .init("accum-freq", .one, .same),
    .init("device", .one, .note("training runs on the processor, on all threads (--threads)")),
    .init("dist-url", .one, .note(processes)),
    .init("dist-backend", .one, .note(processes)),
    .init("report-to", .one, .note(recorded)),
    .init("wandb-notes", .one, .note("nothing is sent anywhere; \(recorded)")),
    .init("wandb-project-name", .one, .note("nothing is sent anywhere; \(recorded)")),
    .init("debug", .none, .note("log.jsonl has every event; --log-every-n-steps 1 logs each step")),
    .init("copy-codebase", .none, .note("log.jsonl names the version")),
    .init("horovod", .none, .note(processes)),
    .init("ddp-static-graph", .none, .note(processes)),
    .init("no-set-device-rank", .none, .note(processes)),
    .init("seed", .one, .same),
    .init("grad-clip-norm", .one, .same),
    .init("lock-text", .none, .same),
    .init("lock-text-unlocked-layers", .one, .same),
    .init("lock-text-freeze-layer-norm", .none, .note("--lock-text keeps its layer norms too")),
    .init("log-every-n-steps", .one, .same),
    .init("coca-caption-loss-weight", .one, .note("only CoCa models have this loss, and they are refused here")),
    .init("coca-contrastive-loss-weight", .one, .note("only CoCa models have this loss, and they are refused here")),
    .init("remote-sync", .one, .note("runs stay in --logs; copy that folder yourself")),
    .init("remote-sync-frequency", .one, .note("runs stay in --logs; copy that folder yourself")),
    .init("remote-sync-protocol", .one, .note("runs stay in --logs; copy that folder yourself")),
    .init(
      "delete-previous-checkpoint", .none,
      .note("--keep-checkpoints N keeps N resume points, --save-frequency 0 writes the last epoch's model only")),
    .init("distill-model", .one, .same),
    .init("distill-pretrained", .one, .same),
    .init("use-bnb-linear", .one, .note("its 8-bit layers need a graphics card: training computes in float32")),
    .init("siglip", .none, .same),
    .init("loss-dist-impl", .one, .note(processes)),
  ]

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// A command line for `train` or `finetune` in this program's words.
  struct Translation {
    var words: [String] = []
    /// What was passed over, a line each.
    var notes: [String] = []
    /// What cannot be done, a phrase each.
    var refusals: [String] = []
  }

  /// Translates the words behind `train` or `finetune`.
  static func translate(_ given: [String]) -> Translation {
    var result = Translation(), index = 0
    var names = Set(given.compactMap { name($0) })
    while index < given.count {
      let word = given[index]
      index += 1
      guard let name = name(word), let flag = byName[name] else {
        result.words.append(word)
        continue
      }
      var values: [String] = []
      if let equals = word.firstIndex(of: "=") {
        values = [String(word[word.index(after: equals)...])]
      } else if flag.words != .none {
        let most = flag.words == .one ? 1 : Int.max
        while values.count < most, index < given.count, !given[index].hasPrefix("--") {
          values.append(given[index])
          index += 1
        }
      }
      flag.apply(values, word, &result, &names)
    }
    return result
  }

  /// The flag that a word names: `lr` of `--lr` and `--lr=1`.
  private static func name(_ word: String) -> String? {
    guard word.hasPrefix("--"), word.utf8.count > 2 else { return nil }
    return String(word.dropFirst(2).prefix { $0 != "=" }).replacing("_", with: "-")
  }

  private func apply(_ values: [String], _ word: String, _ result: inout Translation, _ names: inout Set<String>) {
    switch treatment {
    case .same where words == .several: several(values, word, &result)
    case .same where name == "opt": optimizer(values, &result)
    case .same: result.words += word.contains("=") || words == .none ? [word] : [word] + values
    case .note(let text): result.notes.append("--\(name) is passed over: \(text)")
    case .noteFor(let harmless, let text, let otherwise):
      if let value = values.first, harmless.contains(value) {
        result.notes.append("--\(name) is passed over: \(text)")
      } else {
        result.refusals.append("--\(name) \(values.joined(separator: " ")): \(otherwise)")
      }
    case .instead(let text): result.refusals.append("--\(name): \(text)")
    case .becomes(let other, let text):
      guard names.insert(other).inserted else {
        result.notes.append("--\(name) is passed over beside --\(other): \(text)")
        return
      }
      result.words += ["--\(other)"] + values
      result.notes.append("--\(name) is read as --\(other): \(text)")
    }
  }

  /// timm's names are `timm/lion` there. Another word that is not known here is answered by the setting itself.
  private func optimizer(_ values: [String], _ result: inout Translation) {
    let value = values.first ?? "", isTimm = value.hasPrefix("timm/")
    let name = isTimm ? String(value.dropFirst(5)) : value
    if isTimm, !OptimizerCatalog.names.contains(name) {
      result.refusals.append(
        "--opt \(value): the optimizers here are \(OptimizerCatalog.names.joined(separator: ", "))")
    } else {
      result.words += ["--opt", name]
    }
  }

  /// A flag that takes several words there and one here.
  private func several(_ values: [String], _ word: String, _ result: inout Translation) {
    if name == "aug-cfg" {
      // As Python writes them: scale='(0.9, 1.0)', use_timm=True.
      for value in values {
        if value.hasPrefix("use_timm=") || value.hasPrefix("use-timm=") {
          result.notes.append("--aug-cfg \(value) is passed over: augmentation is open_clip's own, not timm's")
        } else {
          result.words += ["--aug-cfg", String(value.filter { !"()[] ".contains($0) })]
        }
      }
      if values.isEmpty { result.words.append(word) }
      return
    }
    guard values.count > 1 else {
      result.words += word.contains("=") ? [word] : [word] + values
      return
    }
    if Set(values).count == 1 {
      result.words += ["--\(name)", values[0]]
    } else {
      result.refusals.append("--\(name) \(values.joined(separator: " ")): images are square here; name one number")
    }
  }
}
