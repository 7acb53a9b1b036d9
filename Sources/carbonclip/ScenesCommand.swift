import ArgumentParser
import CLIPCompute
import CLIPFiles
import CLIPImageText
import CLIPImages
import CLIPScenes
import CLIPUnits

struct ScenesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scenes",
    abstract: "Write procedural pictures with captions as WebDataset tar shards.",
    discussion: """
      The same seed gives the same bytes. Splits differ in composition; test holds combinations of color and shape \
      that train never shows. Nothing need be written to evaluate on scenes: name scenes:test as a data set.

      Example: carbonclip data scenes --output scenes/train --split train --count 20000
      """)

  @Option(name: .shortAndLong, help: "The folder to write.", completion: .directory)
  var output: String

  @Option(help: "\(SceneSplit.allCases.map(\.rawValue).joined(separator: ", ")).")
  var split = "train"

  @Option(help: "How many pictures.")
  var count = 10_000

  @Option(help: "Rows, and columns, of a picture.")
  var size = 64

  @Option(help: "Another seed gives other pictures.")
  var seed: UInt64 = 0

  @Option(help: "Pictures a shard.")
  var shardSize = 1000

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var quietness: QuietOption

  @Flag(help: "Print the result as JSON.")
  var json = false

  func validate() throws {
    guard SceneSplit(rawValue: split) != nil else {
      throw ValidationError(
        "--split \(split.quoted()): \(Suggestion.advice(for: split, among: SceneSplit.allCases.map(\.rawValue)))")
    }
    for (flag, value, range) in [("--count", count, 1...1_000_000_000), ("--shard-size", shardSize, 1...10_000_000)]
    where !range.contains(value) {
      throw ValidationError("\(flag) must be from \(range.lowerBound) to \(range.upperBound), found \(value)")
    }
  }

  func run() throws {
    let console = Console()
    let generator = try SceneGenerator(seed: seed, imageSize: size, split: SceneSplit(rawValue: split) ?? .train)
    let shards = try SceneShards(generator, samples: count, samplesPerShard: shardSize)
    try shards.write(to: output, pool: threads.pool, encode: PNGEncoder.encode) { done, total in
      console.progress(ProgressLine(unit: "images", total: total), done: done)
    }
    console.clearLine()
    Output.result(
      [
        "output": .string(output), "images": .integer(count), "split": .string(split), "seed": .string("\(seed)"),
        "files": WrittenFiles(shards.names.map { "\(output)/\($0)" }).json,
      ], text: "\(output): \(Figures.count(count)) images in \(shards.names.count) shards, split \(split), seed \(seed)"
    )
  }
}
