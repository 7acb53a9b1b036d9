import ArgumentParser
import CLIPCompute
import CLIPFiles
import CLIPImageText
import CLIPImages
import CLIPUnits

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Read a whole data set, decode every picture, and say what it holds and what is wrong with it.",
    discussion: "Example: carbonclip data inspect --data 'shards/{00000..00005}.tar'")

  @Option(help: "Data set, as evaluate reads it.", completion: .file())
  var data: String

  @OptionGroup var dataOptions: DataOptions

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var quietness: QuietOption

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws { try dataOptions.checkSplit(of: [data]) }

  func run() throws {
    let console = Console()
    let pool = threads.pool
    let data = DataOptions.located(data, console)
    let source = try ImageTextData.open(data, dataOptions.dataSet)
    let decoding = dataOptions.decoding
    var loader = try BatchLoader(
      source, batchSize: 256, pool: pool, strict: dataOptions.strict, limit: dataOptions.limit
    ) { sample, _ in
      switch sample.image {
      case .pixels(let image): (image.rows, image.columns, sample.captions.count)
      case .encoded(let bytes):
        try bytes.withUnsafeBytes { bytes in
          let image = try ImageDecoder.decode(bytes, decoding)
          return (image.rows, image.columns, sample.captions.count)
        }
      }
    }
    var images = 0, captions = 0, smallest = Int.max, largest = 0
    while let batch = try loader.next() {
      images += batch.count
      for (rows, columns, count) in batch {
        captions += count
        smallest = min(smallest, rows, columns)
        largest = max(largest, rows, columns)
      }
      console.progress(ProgressLine(unit: "images", total: source.knownCount), done: images)
    }
    console.clearLine()
    guard images > 0 else {
      throw InputError(
        "holds no usable image", file: data, advice: loader.skipped.summary ?? "check the path and the split")
    }
    for sample in loader.skipped.listed { console.note("skipped: \(sample)") }
    if json {
      let result: JSONValue = [
        "data": .string(data), "images": .integer(images), "captions": .integer(captions),
        "skipped": .integer(loader.skipped.count), "smallest_side_px": .integer(smallest),
        "largest_side_px": .integer(largest), "data_fingerprint": .string("\(loader.fingerprint)"),
      ]
      Output.document(result)
    } else {
      Output.print(
        """
        \(data)
          images       \(Figures.count(images)), sides from \(smallest) to \(largest) pixels
          captions     \(Figures.count(captions))
          skipped      \(Figures.count(loader.skipped.count))
          fingerprint  \(loader.fingerprint)
        """)
    }
  }
}
