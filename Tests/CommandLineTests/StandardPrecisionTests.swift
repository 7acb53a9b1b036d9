import CLIPFiles
import Foundation
import Testing

/// What commands train in where nobody says it, on this machine and, with the instruction passed over, on one without.
@Suite("The standard precision of commands")
struct StandardPrecisionTests {
  private static let native: String = {
    let flags = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    return flags.contains("avx512_bf16") ? "amp_bf16" : "fp32"
  }()
  private static let off = "CARBONCLIP_BFLOAT16=off "

  private static let train = """
    "$0" train --model "$1/model.json" --tokenizer \(KillTests.root)/data/vocabularies/scenes \
    --train-data 'scenes:train?count=200&size=32' --batch-size 16 --epochs 1 --train-num-samples 96 --lr 1e-3 \
    --log-every-n-steps 1 --save-every-minutes 0 --logs "$1" --threads 1
    """
  private static let model = """
    set -e
    echo '{"embed_dim": 16, "vision_cfg": {"image_size": 32, "patch_size": 16, "width": 16, "layers": 2, "head_width": 8},
      "text_cfg": {"context_length": 20, "vocab_size": 866, "width": 16, "heads": 2, "layers": 2}}' > "$1/model.json"

    """

  @Test("train takes what the processor multiplies best, and one line says which")
  func train() throws {
    for (environment, precision) in [("", Self.native), (Self.off, "fp32")] {
      let outcome = try Program.shell(
        Self.model + "\(environment)\(Self.train) --name a; grep -h '^precision' \"$1/a/params.yaml\"")
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output.contains("precision: \(precision)\n"), "\(outcome.output)")
      let lines = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("note: products in ") }
      #expect(lines.count == 1 && lines[0].hasPrefix("note: products in \(precision)"), "\(outcome.errors)")
      #expect(outcome.errors.contains("samples in \(precision)"), "\(outcome.errors)")
    }
  }

  @Test("a run in bfloat16 goes on in it without the instruction, to the same bits, and says that this is slow")
  func resumed() throws {
    let outcome = try Program.shell(
      Self.model + """
        \(Self.train) --name whole --precision amp_bf16
        \(Self.off)\(Self.train) --name other --precision amp_bf16
        cmp "$1/whole/checkpoints/epoch_1/open_clip_model.safetensors" \
          "$1/other/checkpoints/epoch_1/open_clip_model.safetensors" && echo same bits
        echo --- >&2
        \(Self.off)\(Self.train) --name whole --resume latest
        ! \(Self.train) --name whole --resume latest --precision fp32
        grep -h '^precision' "$1/whole/params.yaml"
        """)
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("same bits") && outcome.output.contains("precision: amp_bf16\n"))
    let after = outcome.errors.split(separator: "---").last.map(String.init) ?? ""
    #expect(after.contains("it is emulated") && !after.contains("products in"), "\(after)")
    #expect(after.contains("precision: amp_bf16 -> fp32"), "\(after)")
  }

  @Test("a search says what its candidates are trained in, records it, and goes on with it on another processor")
  func search() throws {
    let folder = try TemporaryFolder(), recipe = try SearchKillTests.recipe(folder, trials: 2)
    let search = """
      "$0" search \(recipe) --logs "$1" --candidates "$1/candidates" --name s --threads 1
      """
    let outcome = try Program.shell(
      """
      set -e
      \(Self.off)\(search)
      echo --- >&2
      \(search) --resume --add-trials 1
      cat "$1/s/recipe.yaml" "$1"/candidates/*/run/params.yaml
      """)
    try #require(outcome.status == 0, "\(outcome.errors)")
    let parts = outcome.errors.split(separator: "---").map(String.init)
    #expect(parts[0].contains("note: candidates: products in fp32"), "\(parts[0])")
    #expect(!parts[1].contains("products in"), "\(parts[1])")
    #expect(outcome.output.contains("precision: fp32") && !outcome.output.contains("amp_bf16"), "\(outcome.output)")
    let fresh = try Program.shell("\(search) --dry-run")
    #expect(fresh.errors.contains("note: candidates: products in \(Self.native)"), "\(fresh.errors)")
    #expect(fresh.output.contains("of the whole model, in \(Self.native)"), "\(fresh.output)")
  }
}
