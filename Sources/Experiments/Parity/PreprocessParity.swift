import CLIPEvaluation
import CLIPFiles
import CLIPImages
import CLIPWeights

/// Holds preprocessing against Pillow's and torchvision's.
///
/// A fixture folder holds `preprocess.json` (mean, std, the pictures), the pictures, and `preprocess64.safetensors`,
/// `preprocess224.safetensors` and `preprocess224_float.safetensors`, any of which may be missing.
public enum PreprocessParity {
  /// Three units in the last place of the largest normalized value.
  static let tolerance = 3e-7

  /// - Throws: ``InputError`` when the folder does not hold such fixtures.
  public static func run(_ folder: String) throws -> ParityReport {
    let path = "\(folder)/preprocess.json"
    let document = try JSONParser.parse(file: path)
    guard let pictures = document["images"]?.arrayValue, let mean = floats(document["mean"]),
      let deviation = floats(document["std"]), mean.count == 3, deviation.count == 3
    else { throw InputError("lacks \"images\", \"mean\" or \"std\"", file: path) }
    let recordings = try ["preprocess64", "preprocess224", "preprocess224_float"].compactMap { name in
      let path = "\(folder)/\(name).safetensors"
      return Folder.containsFile(path) ? try SafetensorsFile(path: path) : nil
    }
    var report = ParityReport(fixture: Folder.name(of: folder))
    for picture in pictures {
      guard let key = picture["key"]?.stringValue, let file = picture["file"]?.stringValue else { continue }
      let map = try MemoryMap(path: "\(folder)/\(file)")
      let decoded = try namingFile(map.path) { try ImageDecoder.decode(map.bytes) }
      for recorded in recordings {
        try compare(key, decoded, recorded, mean, deviation, &report)
      }
    }
    return report
  }

  private static func compare(
    _ key: String, _ decoded: PixelImage, _ recorded: SafetensorsFile, _ mean: [Float], _ deviation: [Float],
    _ report: inout ParityReport
  ) throws {
    var image = decoded
    if recorded.contains("\(key).decoded_rgb") {
      let pixels = try recorded.bytes("\(key).decoded_rgb")
      report.compareExactly("\(key).decoded_rgb", decoded.pixels, pixels)
      // From here on another decoder's rounding must not be held against the resize.
      if pixels.count == decoded.pixels.count {
        image = PixelImage(rows: decoded.rows, columns: decoded.columns, pixels: pixels)
      }
    }
    for size in [64, 224] {
      let preprocessing = Preprocessing(imageSize: size, mean: mean, standardDeviation: deviation)
      let name = "\(key).rgbfirst\(size)"
      if recorded.contains("\(name).u8") {
        report.compareExactly(
          "\(name).u8", preprocessing.resizedAndCropped(image).pixels, try recorded.bytes("\(name).u8"))
      }
      if recorded.contains("\(name).tensor") {
        report.compare(
          "\(name).tensor", preprocessing(image), try recorded.tensor("\(name).tensor").elements, tolerance: tolerance)
      }
    }
  }

  private static func floats(_ value: JSONValue?) -> [Float]? {
    value?.arrayValue?.compactMap { $0.doubleValue.map(Float.init) }
  }
}
