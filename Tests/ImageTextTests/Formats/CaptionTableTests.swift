import CLIPFiles
import CLIPImageText
import Testing

@Suite struct CaptionTableTests {
  private let folder: FormatFixtures.Scratch

  init() throws {
    folder = try FormatFixtures.Scratch()
    for number in 0..<3 { try folder.write(FormatFixtures.image(number), to: "photos/\(number).jpg") }
  }

  private func open(_ text: String, _ change: (inout DataSetOptions) -> Void = { _ in }) throws
    -> any ImageTextSource
  {
    var options = DataSetOptions()
    change(&options)
    return try ImageTextData.open(folder.write(text, to: "pairs.csv"), options)
  }

  private func message(_ text: String, _ change: (inout DataSetOptions) -> Void = { _ in }) -> String {
    FormatFixtures.message { _ = try open(text, change) }.replacing("\(folder.path)/", with: "")
  }

  @Test("rows of one image become its captions, images in order of their first rows")
  func groups() throws {
    let source = try open(
      "filepath\ttitle\nphotos/1.jpg\ta cat\nphotos/0.jpg\t\"a \"\"big\"\" dog\"\nphotos/1.jpg\t the same cat \n"
    )
    let (samples, skipped) = try FormatFixtures.read(source)
    #expect(source.knownCount == 2)
    #expect(skipped.count == 0)
    #expect(samples.map(\.key) == ["photos/1.jpg", "photos/0.jpg"])
    #expect(samples.map(\.captions) == [["a cat", "the same cat"], ["a \"big\" dog"]])
    #expect(samples.map(\.imageBytes) == [FormatFixtures.image(1), FormatFixtures.image(0)])
    #expect(samples[0].origin == "\(folder.path)/photos/1.jpg")
  }

  @Test("columns, separator and image root are the caller's")
  func options() throws {
    let source = try open("caption,n,image\n\"one, two\",7,2.jpg\n") {
      $0.csvImageKey = "image"
      $0.csvCaptionKey = "caption"
      $0.csvSeparator = ","
      $0.imageRoot = "\(folder.path)/photos"
    }
    let (samples, _) = try FormatFixtures.read(source)
    #expect(samples.map(\.captions) == [["one, two"]])
    #expect(samples.map(\.imageBytes) == [FormatFixtures.image(2)])
    let absolute = try open(
      "filepath\\ttitle\n".replacing("\\t", with: "\t") + "\(folder.path)/photos/0.jpg\tone\n"
    ) {
      $0.csvSeparator = "\\t"
      $0.imageRoot = "/nowhere"
    }
    #expect(try FormatFixtures.read(absolute).samples.map(\.imageBytes) == [FormatFixtures.image(0)])
  }

  @Test("a table that cannot be read says what to do")
  func refusals() {
    #expect(
      message("filepath\tcaption\nphotos/0.jpg\tone\n")
        == "pairs.csv: header: no column \"title\"; the columns are \"filepath\", \"caption\"; choose one with --csv-caption-key"
    )
    #expect(
      message("filepath\ttitles\n")
        == "pairs.csv: header: no column \"title\"; the columns are \"filepath\", \"titles\"; did you mean --csv-caption-key titles?"
    )
    #expect(
      message("filepath,title\n")
        == "pairs.csv: header: no column \"filepath\"; the columns are \"filepath,title\"; pass --csv-separator ','"
    )
    #expect(
      message("filepath\ttitle\n") { $0.csvSeparator = "," }
        == "pairs.csv: header: no column \"filepath\"; the columns are \"filepath\u{FFFD}title\"; pass --csv-separator '\\t'"
    )
    #expect(message("") == "pairs.csv: is empty; write a header line")
    #expect(
      message("filepath\ttitle\n")
        == "pairs.csv: names no image; check the column \"filepath\" and the image root")
    #expect(
      message("filepath\ttitle\nphotos/9.jpg\tone\n")
        == "pairs.csv: its images are not there: no file photos/9.jpg; check the column \"filepath\" and the image root"
    )
    #expect(
      message("filepath\ttitle\nphotos/0.jpg\t\"one\n")
        == "pairs.csv: line 2: a quoted field without an end; close the quote")
    #expect(
      message("filepath\ttitle\n") { $0.csvSeparator = "::" }
        == "--csv-separator is one ASCII character, not \"::\"")
  }

  @Test("rows and images that cannot be used are left out with line or file")
  func faults() throws {
    try folder.write([], to: "photos/empty.jpg")
    try Folder.make("\(folder.path)/photos/folder.jpg")
    var bytes = Array(
      "filepath\ttitle\nphotos/0.jpg\none\ttwo\tthree\nphotos/1.jpg\t \nphotos/2.jpg\t\(String(repeating: "x", count: 1_000_000))\n\ta\n"
        .utf8)
    bytes += Array("photos/1.jpg\tcaf".utf8) + [0xE9, 0x0A]
    bytes += Array(
      "photos/0.jpg\tcafé\nphotos/empty.jpg\tone\nphotos/none.jpg\tone\nphotos/folder.jpg\tone\n".utf8)
    let source = try ImageTextData.open(folder.write(bytes, to: "pairs.tsv"))
    let (samples, skipped) = try FormatFixtures.read(source)
    #expect(samples.map(\.key) == ["photos/0.jpg"])
    #expect(
      skipped.listed.map { "\($0)".replacing("\(folder.path)/", with: "") } == [
        "pairs.tsv: line 2: expected 2 fields, found 1",
        "pairs.tsv: line 3: expected 2 fields, found 3",
        "pairs.tsv: line 4: its caption is empty",
        "pairs.tsv: line 5: a caption of 1000000 bytes is longer than the 65536 allowed",
        "pairs.tsv: line 6: its image path is empty or not UTF-8 text",
        "pairs.tsv: line 7: its caption is not UTF-8 text",
        "photos/empty.jpg: the image is empty (0 bytes)",
        "photos/none.jpg: cannot open: No such file or directory",
        "photos/folder.jpg: is not a regular file",
      ])
  }

  @Test("a table in another encoding is one fault with its remedy, not one a row")
  func encodings() throws {
    let text = "filepath\ttitle\nphotos/0.jpg\tone caf\u{e9}\n"
    let wide = Array(text.utf16)
    let low = wide.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] },
      high = wide.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
    let quads = text.unicodeScalars.flatMap { [UInt8($0.value & 255), UInt8($0.value >> 8), 0, 0] }
    let latin = text.unicodeScalars.map { UInt8($0.value) }
    let cases: [([UInt8], String)] = [
      ([0xFF, 0xFE] + low, "is UTF-16 text"), ([0xFE, 0xFF] + high, "is UTF-16 text"), (low, "is UTF-16LE text"),
      (high, "is UTF-16BE text"), ([0xFF, 0xFE, 0, 0] + quads, "is UTF-32 text"), (quads, "is UTF-32 text"),
      (latin, "1 of 1 rows are not UTF-8 text; if it is Latin-1 or Windows-1252: iconv -f WINDOWS-1252 -t UTF-8"),
    ]
    for (bytes, says) in cases {
      let path = try folder.write(bytes, to: "pairs.csv")
      let message = FormatFixtures.message { _ = try ImageTextData.open(path) }
      #expect(message.hasPrefix("\(path): \(says)"), "\(message)")
      #expect(message.contains("iconv -f"), "\(message)")
    }
    let header = try folder.write(
      Array("filepath\tt".utf8) + [0xED] + Array("tle\nphotos/0.jpg\tone\n".utf8), to: "pairs.csv")
    #expect(
      FormatFixtures.message { _ = try ImageTextData.open(header) }.hasSuffix(
        "; it is not UTF-8; if it is Latin-1 or Windows-1252: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW"))
    // Two byte-order marks; and a broken row among good ones stays a row's fault.
    let marked = try folder.write([0xEF, 0xBB, 0xBF, 0xEF, 0xBB, 0xBF] + text.utf8, to: "pairs.csv")
    #expect(try ImageTextData.open(marked).knownCount == 1)
    let mixed = try folder.write(Array(text.utf8) + latin[15...], to: "pairs.csv")
    #expect(
      try FormatFixtures.read(ImageTextData.open(mixed)).skipped.listed.map(\.reason) == [
        "its caption is not UTF-8 text"
      ])
  }

  @Test("a flag that is advised can be pasted")
  func quoting() {
    #expect(message("filepath\t title\n").hasSuffix("did you mean --csv-caption-key ' title'?"))
    #expect(message("filepath\tti'tle\n").hasSuffix(#"did you mean --csv-caption-key 'ti'\''tle'?"#))
  }

  @Test("images that are addresses are said to be so")
  func addresses() {
    #expect(
      message("filepath\ttitle\nhttps://x/0.jpg\tone\n")
        == "pairs.csv: its images are addresses (https://); only files on this machine are read; download them first, "
        + "such as with img2dataset")
  }
}
