/// Which way up a camera held the picture.
///
/// Source: Exif 2.32 (CIPA DC-008), tag 0x0112, values 1 to 8.
enum ExifOrientation {
  private static let tag = 0x0112

  /// The orientation in a file's EXIF block; 1, upright, where there is none or it makes no sense.
  static func read(_ bytes: UnsafeRawBufferPointer, _ format: ImageFormat) -> Int {
    let block: Range<Int>? =
      switch format {
      case .jpeg: jpegBlock(bytes)
      case .png: chunk("eXIf", bytes, from: 8, isBigEndian: true, typeFirst: false)
      case .webp: chunk("EXIF", bytes, from: 12, isBigEndian: false, typeFirst: true)
      }
    guard var block else { return 1 }
    let marker = Array("Exif\0\0".utf8)
    if bytes[block].starts(with: marker) { block = block.lowerBound + marker.count..<block.upperBound }
    return orientation(UnsafeRawBufferPointer(rebasing: bytes[block])) ?? 1
  }

  /// JPEG: the first APP1 segment that begins with "Exif".
  private static func jpegBlock(_ bytes: UnsafeRawBufferPointer) -> Range<Int>? {
    var position = 2
    while position + 4 <= bytes.count, bytes[position] == 0xFF {
      let marker = bytes[position + 1]
      if marker == 0xFF { position += 1; continue }
      // From the start of scan on there are no more headers.
      if marker == 0xDA || marker == 0xD9 { return nil }
      let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
      let end = position + 2 + length
      guard length >= 2, end <= bytes.count else { return nil }
      if marker == 0xE1, bytes[position + 4..<end].starts(with: Array("Exif\0\0".utf8)) { return position + 4..<end }
      position = end
    }
    return nil
  }

  /// PNG and WebP: a chunk of the given name.
  private static func chunk(
    _ name: String, _ bytes: UnsafeRawBufferPointer, from start: Int, isBigEndian: Bool, typeFirst: Bool
  ) -> Range<Int>? {
    var position = start
    while position + 8 <= bytes.count {
      let lengthAt = typeFirst ? position + 4 : position, nameAt = typeFirst ? position : position + 4
      let length = number(bytes, lengthAt, 4, isBigEndian)
      let body = position + 8
      guard length <= bytes.count - body else { return nil }
      if bytes[nameAt..<nameAt + 4].elementsEqual(name.utf8) { return body..<body + length }
      // PNG chunks end in a checksum, RIFF ones are padded to even length.
      position = body + length + (isBigEndian ? 4 : length & 1)
    }
    return nil
  }

  /// The tag's value in a TIFF block's first directory.
  private static func orientation(_ tiff: UnsafeRawBufferPointer) -> Int? {
    guard tiff.count >= 8 else { return nil }
    let isBigEndian: Bool
    switch (tiff[0], tiff[1]) {
    case (0x49, 0x49): isBigEndian = false
    case (0x4D, 0x4D): isBigEndian = true
    default: return nil
    }
    let directory = number(tiff, 4, 4, isBigEndian)
    guard directory + 2 <= tiff.count else { return nil }
    let entries = number(tiff, directory, 2, isBigEndian)
    for entry in 0..<entries {
      let at = directory + 2 + entry * 12
      guard at + 12 <= tiff.count else { return nil }
      if number(tiff, at, 2, isBigEndian) == tag {
        let value = number(tiff, at + 8, 2, isBigEndian)
        return (1...8).contains(value) ? value : nil
      }
    }
    return nil
  }

  private static func number(_ bytes: UnsafeRawBufferPointer, _ at: Int, _ count: Int, _ isBigEndian: Bool) -> Int {
    var value = 0
    for index in 0..<count {
      let byte = Int(bytes[at + index])
      value |= byte << (8 * (isBigEndian ? count - 1 - index : index))
    }
    return value
  }
}

extension PixelImage {
  /// The picture turned and mirrored so that it stands upright.
  func upright(from orientation: Int) -> PixelImage {
    guard orientation != 1 else { return self }
    let isTransposed = orientation >= 5
    let rows = isTransposed ? self.columns : self.rows, columns = isTransposed ? self.rows : self.columns
    let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { target, count in
      for row in 0..<rows {
        for column in 0..<columns {
          let mirroredRow = rows - 1 - row, mirroredColumn = columns - 1 - column
          let (sourceRow, sourceColumn) =
            switch orientation {
            case 2: (row, mirroredColumn)
            case 3: (mirroredRow, mirroredColumn)
            case 4: (mirroredRow, column)
            case 5: (column, row)
            case 6: (mirroredColumn, row)
            case 7: (mirroredColumn, mirroredRow)
            default: (column, mirroredRow)
            }
          let from = (sourceRow * self.columns + sourceColumn) * 3, to = (row * columns + column) * 3
          for channel in 0..<3 { target[to + channel] = pixels[from + channel] }
        }
      }
      count = pixels.count
    }
    return PixelImage(rows: rows, columns: columns, pixels: turned)
  }
}
