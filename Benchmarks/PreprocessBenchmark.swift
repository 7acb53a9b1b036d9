import CLIPFiles
import Foundation
import CLIPImages

/// How many pictures a second does one thread decode, resize, crop and normalize, beside Pillow and torchvision?
enum PreprocessBenchmark {
  static func run(_ options: Options, _ report: inout Report) throws {
    let folder = try TemporaryFolder()
    var path = "\(folder.path)/drawn.jpg"
    if let image = options.image {
      path = image
    } else {
      do {
        let artist = try PeerProcess.script("Pillow", "preprocess_peer.py", ["--draw", path], python: options.python)
        artist.quit()
      } catch let error as InputError {
        return report.skip("preprocess: \(error); name a JPEG with --image")
      }
    }
    let picture = try namingFile(path) { try ImageDecoder.decode(try TextFile.bytes(of: path)) }
    var table = Table(["side", "output", "images/s", "ms an image", "ours/peer", "same bits", "peak MB"])
    for size in [224, 64] {
      let arguments = ["--image", path, "--size", "\(size)"]
      var contest = Contest()
      try contest.add(&report) { try .worker("ours", ["preprocess"] + arguments) }
      try contest.add(&report) { try .script("open_clip", "preprocess_peer.py", arguments, python: options.python) }
      let results = contest.run(rounds: options.rounds, seconds: options.seconds / 2, &report)
      guard let ours = results.first(where: { $0.name == "ours" }) else { continue }
      for side in results {
        if let version = side.ready["version"]?.stringValue { report.note(version: version) }
        let isOurs = side.name == "ours"
        table.add([
          side.name, "\(size)", side.perSecond.summary, Samples.text(side.medianMilliseconds.median),
          isOurs ? "" : ours.perSecond.ratios(to: side.perSecond).summary,
          isOurs ? "" : side.ready["check"] == ours.ready["check"] ? "yes" : "no", Samples.text(side.peakMegabytes),
        ])
      }
    }
    try report.add(
      "JPEG to model input, 1 thread",
      "A JPEG of \(picture.columns) x \(picture.rows) pixels, \(try TextFile.bytes(of: path).count) bytes: decoded, "
        + "resized (bicubic), cropped, normalized.", table)
  }
}

/// Our side: the bytes lie in memory.
enum PreprocessWorker {
  static func run(_ options: Options) throws {
    let path = options.image ?? ""
    let bytes = try TextFile.bytes(of: path)
    let prepare = Preprocessing(imageSize: options.size)
    let pixels = try namingFile(path) { prepare(try ImageDecoder.decode(bytes)) }
    let check = pixels.reduce(0) { $0 &+ Int($1.bitPattern) }
    try Worker.serve(items: 1, ready: ["check": .integer(check)]) { _ = prepare(try ImageDecoder.decode(bytes)) }
  }
}

/// A folder that goes away with this value.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("carbonclip-\(UUID().uuidString)").path
    try Folder.make(path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
