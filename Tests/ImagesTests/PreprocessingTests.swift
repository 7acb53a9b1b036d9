import Files
import Foundation
import Images
import Testing
import Weights

/// Pictures and what Pillow and torchvision make of them; see `Fixtures/README.md`.
enum RecordedPictures {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures"
  static let files = [
    "landscape.jpg", "portrait_444.jpg", "gray.jpg", "progressive.jpg", "rgb.png", "rgba.png", "palette.png", "tiny.png",
    "exact224.png", "photo.jpg",
  ]

  static func bytes(_ file: String) throws -> [UInt8] { try TextFile.bytes(of: "\(folder)/images/\(file)") }
  static func key(_ file: String) -> String { String(file.prefix { $0 != "." }) }
}

@Suite("Preprocessing")
struct PreprocessingTests {
  @Test("decoded, resized and normalized pixels equal Pillow's and torchvision's", arguments: RecordedPictures.files)
  func recorded(file: String) throws {
    let key = RecordedPictures.key(file)
    let small = try SafetensorsFile(path: "\(RecordedPictures.folder)/preprocess64.safetensors")
    let large = try SafetensorsFile(path: "\(RecordedPictures.folder)/preprocess224_float.safetensors")
    let decoded = try ImageDecoder.decode(try RecordedPictures.bytes(file))
    var compared = 0
    if small.contains("\(key).decoded_rgb") {
      #expect(decoded.pixels == (try small.bytes("\(key).decoded_rgb")))
      compared += 1
    }
    if small.contains("\(key).rgbfirst64.u8") {
      #expect(Preprocessing(imageSize: 64).resizedAndCropped(decoded).pixels == (try small.bytes("\(key).rgbfirst64.u8")))
      compared += 1
    }
    for (recorded, size) in [(small, 64), (large, 224)] where recorded.contains("\(key).rgbfirst\(size).tensor") {
      let expected = try recorded.tensor("\(key).rgbfirst\(size).tensor").elements
      #expect(Preprocessing(imageSize: size)(decoded) == expected)
      compared += 1
    }
    #expect(compared > 0 || key == "exact224")
  }

  @Test("keeping a part equals cropping the whole", arguments: [(7, 11), (64, 40), (31, 90)])
  func keeping(rows: Int, columns: Int) throws {
    let image = try ImageDecoder.decode(try RecordedPictures.bytes("landscape.jpg"))
    let whole = Resampling.resize(image, toRows: rows, columns: columns)
    let part = PixelBox(rows: 2..<rows - 1, columns: 3..<columns - 3)
    let kept = Resampling.resize(image, toRows: rows, columns: columns, keeping: part)
    let expected = part.rows.flatMap { row in
      whole.pixels[(row * columns + part.columns.lowerBound) * 3..<(row * columns + part.columns.upperBound) * 3]
    }
    #expect(kept.pixels == expected)
  }

  @Test("a picture of one color stays so through every mode and size", arguments: Preprocessing.ResizeMode.allCases)
  func constant(mode: Preprocessing.ResizeMode) {
    for (rows, columns) in [(1, 1), (1, 400), (400, 1), (65, 17), (224, 224)] {
      let image = PixelImage(rows: rows, columns: columns, pixels: [UInt8](repeating: 90, count: rows * columns * 3))
      for interpolation in Interpolation.allCases {
        let result = Preprocessing(imageSize: 32, interpolation: interpolation, resizeMode: mode, fillColor: 90)
          .resizedAndCropped(image)
        #expect(result.rows == 32 && result.columns == 32)
        #expect(result.pixels.allSatisfy { $0 == 90 })
      }
    }
  }

  @Test("longest fits the whole picture and fills the rest")
  func longest() {
    let image = PixelImage(rows: 20, columns: 40, pixels: [UInt8](repeating: 200, count: 2400))
    let result = Preprocessing(imageSize: 8, resizeMode: .longest, fillColor: 7).resizedAndCropped(image)
    let rows = (0..<8).map { Set(result.pixels[$0 * 24..<$0 * 24 + 24]) }
    #expect(rows == [[7], [7], [200], [200], [200], [200], [7], [7]])
  }
}
