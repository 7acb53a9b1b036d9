/// How a camera held the picture: EXIF tag 0x0112, which says where the stored first row and column belong.
///
/// Source: EXIF 2.32, section 4.6.4 A (JEITA CP-3451). Applied as PIL's `ImageOps.exif_transpose` does.
public enum Orientation: Int, Sendable, CaseIterable {
  /// Stored as it is shown.
  case upright = 1
  /// Left and right are swapped.
  case mirrored = 2
  /// Turned by half a turn.
  case upsideDown = 3
  /// Top and bottom are swapped.
  case mirroredUpsideDown = 4
  /// Rows and columns are swapped.
  case transposed = 5
  /// Stored a quarter turn anticlockwise of what it shows: displaying it turns it clockwise.
  case turnedLeft = 6
  /// Rows and columns are swapped along the other diagonal.
  case transverse = 7
  /// Stored a quarter turn clockwise of what it shows: displaying it turns it anticlockwise.
  case turnedRight = 8

  /// Whether rows and columns change places.
  public var swapsAxes: Bool { rawValue >= 5 }

  /// The orientation stored in a picture file; upright when there is none or it makes no sense.
  public static func stored(in bytes: UnsafeRawBufferPointer, _ format: ImageFormat) -> Orientation {
    let block =
      switch format {
      case .jpeg: exifInJPEG(bytes)
      case .png: exifInPNG(bytes)
      case .webp: exifInWebP(bytes)
      }
    guard let block, let value = orientationTag(in: block) else { return .upright }
    return Orientation(rawValue: value) ?? .upright
  }

  // MARK: - Where each format keeps its EXIF block

  private typealias Bytes = Slice<UnsafeRawBufferPointer>

  private static func exifInJPEG(_ bytes: UnsafeRawBufferPointer) -> Bytes? {
    var position = 2
    while position + 4 <= bytes.count, bytes[position] == 0xFF {
      let marker = bytes[position + 1]
      if marker == 0xFF {  // padding before a marker
        position += 1
        continue
      }
      // The scan's data begins: nothing that describes the picture follows.
      if marker == 0xDA || marker == 0xD9 { return nil }
      let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
      let end = position + 2 + length
      guard length >= 2, end <= bytes.count else { return nil }
      if marker == 0xE1, let block = withoutExifPrefix(bytes[position + 4..<end], required: true) { return block }
      position = end
    }
    return nil
  }

  private static func exifInPNG(_ bytes: UnsafeRawBufferPointer) -> Bytes? {
    var position = 8
    while position + 8 <= bytes.count {
      let length = integer(bytes[position..<position + 4], bigEndian: true)
      let start = position + 8
      guard length <= bytes.count - start else { return nil }
      if bytes[position + 4..<start].elementsEqual("eXIf".utf8) {
        return withoutExifPrefix(bytes[start..<start + length], required: false)
      }
      position = start + length + 4
    }
    return nil
  }

  private static func exifInWebP(_ bytes: UnsafeRawBufferPointer) -> Bytes? {
    var position = 12
    while position + 8 <= bytes.count {
      let length = integer(bytes[position + 4..<position + 8], bigEndian: false)
      let start = position + 8
      guard length <= bytes.count - start else { return nil }
      if bytes[position..<position + 4].elementsEqual("EXIF".utf8) {
        return withoutExifPrefix(bytes[start..<start + length], required: false)
      }
      position = start + length + length % 2
    }
    return nil
  }

  private static func withoutExifPrefix(_ block: Bytes, required: Bool) -> Bytes? {
    if block.starts(with: Array("Exif\0\0".utf8)) { return block.dropFirst(6) }
    return required ? nil : block
  }

  // MARK: - The TIFF directory inside it

  private static func orientationTag(in tiff: Bytes) -> Int? {
    guard tiff.count >= 8 else { return nil }
    let bigEndian = tiff.starts(with: "MM".utf8)
    guard bigEndian || tiff.starts(with: "II".utf8) else { return nil }
    func read(_ offset: Int, _ width: Int) -> Int? {
      guard offset >= 0, offset <= tiff.count - width else { return nil }
      let start = tiff.startIndex + offset
      return integer(tiff[start..<start + width], bigEndian: bigEndian)
    }
    guard read(2, 2) == 42, let directory = read(4, 4), let entries = read(directory, 2) else { return nil }
    for entry in 0..<entries {
      let start = directory + 2 + entry * 12
      guard let tag = read(start, 2) else { return nil }
      guard tag == 0x0112, let type = read(start + 2, 2) else { continue }
      return read(start + 8, type == 4 ? 4 : 2)
    }
    return nil
  }

  private static func integer(_ bytes: Bytes, bigEndian: Bool) -> Int {
    var value = 0
    if bigEndian {
      for byte in bytes { value = value << 8 | Int(byte) }
    } else {
      for byte in bytes.reversed() { value = value << 8 | Int(byte) }
    }
    return value
  }
}

extension PixelImage {
  /// The picture as it was meant to be seen, when its stored pixels are oriented so.
  public func oriented(_ orientation: Orientation) -> PixelImage {
    if orientation == .upright { return self }
    let (rows, columns) = (self.rows, self.columns)
    let (newRows, newColumns) = orientation.swapsAxes ? (columns, rows) : (rows, columns)
    // The source pixel of [0, 0], and the steps through the source along a new row and a new column.
    let (start, rowStep, columnStep) =
      switch orientation {
      case .upright: (0, columns, 1)
      case .mirrored: (columns - 1, columns, -1)
      case .upsideDown: (rows * columns - 1, -columns, -1)
      case .mirroredUpsideDown: ((rows - 1) * columns, -columns, 1)
      case .transposed: (0, 1, columns)
      case .turnedLeft: ((rows - 1) * columns, 1, -columns)
      case .transverse: (rows * columns - 1, -1, -columns)
      case .turnedRight: (columns - 1, -1, columns)
      }
    let count = pixels.count
    let turned = pixels.withUnsafeBufferPointer { source in
      [UInt8](unsafeUninitializedCapacity: count) { target, filled in
        var place = 0
        for row in 0..<newRows {
          var pixel = start + row * rowStep
          for _ in 0..<newColumns {
            target[place] = source[pixel * 3]
            target[place + 1] = source[pixel * 3 + 1]
            target[place + 2] = source[pixel * 3 + 2]
            place += 3
            pixel += columnStep
          }
        }
        filled = count
      }
    }
    return PixelImage(rows: newRows, columns: newColumns, pixels: turned)
  }
}
