import CLIPFiles
import CLIPImageText
import CLIPImages
import CLIPSystem

/// Data sets of pictures with captions or labels.
enum DataSetReaders {
  private static let pictures = ["rgb_8.png", "gray.jpg", "lossy.webp"]

  static var all: [Reader] {
    [
      Reader(
        name: "tar", file: "00000.tar", grammar: .binary, seal: { Seals.tar(&$0) },
        seeds: { try [shard($0, json: true)] },
        read: { path, _ in try readAll(path) }),
      Reader(
        name: "webdataset-names", file: "00000.tar", grammar: .text, seal: { Seals.tar(&$0) },
        seeds: { try [shard($0, json: false)] }, read: { path, _ in try readAll(path) }),
      table(
        "csv",
        "filepath,title\nrgb_8.png,a photo\n\"gray.jpg\",\"a \"\"gray\"\" photo,\nof two lines\"\nlossy.webp,Größe\n"
      ) {
        $0.csvSeparator = ","
      },
      table("tsv", "filepath\ttitle\nrgb_8.png\ta photo\ngray.jpg\ta gray photo\nlossy.webp\tGröße\n") { _ in },
      document(
        "coco",
        """
        {"info": {"year": 2014}, "images": [{"id": 1, "file_name": "rgb_8.png", "height": 8, "width": 8},
         {"id": 2, "file_name": "gray.jpg"}, {"id": 3, "file_name": "lossy.webp"}],
         "annotations": [{"id": 1, "image_id": 1, "caption": "a photo"}, {"id": 2, "image_id": 1, "caption": "another"},
         {"id": 3, "image_id": 2, "caption": "gray"}, {"id": 4, "image_id": 3, "caption": "lossy"}]}
        """),
      document(
        "karpathy",
        """
        {"dataset": "flickr8k", "images": [
         {"filename": "rgb_8.png", "split": "train", "imgid": 0, "sentids": [0], "sentences": [{"raw": "a photo", "tokens": ["a", "photo"], "sentid": 0, "imgid": 0}]},
         {"filename": "gray.jpg", "split": "test", "imgid": 1, "sentences": [{"raw": "gray"}, {"raw": "a gray photo"}]},
         {"filename": "lossy.webp", "split": "val", "imgid": 2, "sentences": [{"raw": "lossy"}]}]}
        """),
      Reader(
        name: "class-folders", file: "names.txt", weight: 0.2,
        seeds: { _ in ["cat\ndog\nfish\n", "cat\nclassnames.txt\ndog\n", "train\nval\ntest\n"].map { Array($0.utf8) } },
        read: readFolders),
      classes("classnames", "classnames.txt", "cat\ndog\nfish\n", "{c} in a picture\n"),
      classes(
        "templates", "zeroshot_classification_templates.txt", "a photo of a {c}.\na bad photo of the {c}\n", "a\nb\n"),
      Reader(
        name: "shard-list", file: "pattern.txt",
        seeds: { _ in
          ["data/train/{00000..00012}.tar", "data/{a,b}-0.tar::more/0.tar", "{a,{b,c}}.tar"].map { Array($0.utf8) }
        },
        read: { path, _ in
          _ = try ShardList.expand(String(decoding: try TextFile.bytes(of: path), as: UTF8.self))
        }),
      Reader(
        name: "data-names", file: "name.txt",
        seeds: { _ in ["scenes:train?count=3&size=32&seed=1", "scenes:classes?count=2"].map { Array($0.utf8) } },
        read: { path, _ in
          let name = String(decoding: try TextFile.bytes(of: path).prefix(4096), as: UTF8.self)
          guard name.hasPrefix("scenes:") else { return }
          let source = try ImageTextData.open(name)
          var reader = try source.makeReader()
          _ = try? reader.next()
        }),
    ]
  }

  /// A shard of three samples.
  private static func shard(_ sources: Sources, json: Bool) throws -> [UInt8] {
    let folder = try Workplace.temporaryFolder()
    defer { Workplace.remove(folder) }
    var writer = try TarWriter(path: "\(folder)/a.tar")
    for (number, name) in pictures.enumerated() {
      let ending = name.split(separator: ".").last.map(String.init) ?? ""
      try writer.append("00000\(number).\(ending)", sources.bytes("Tests/ImagesTests/Fixtures/formats/\(name)"))
      if json || number == 1 {
        try writer.append(
          "00000\(number).json", Array("{\"caption\": \"a photo\", \"key\": \"\(number)\", \"width\": 8}".utf8))
      }
      try writer.append(
        "00000\(number).\(json ? "txt" : "cls")", Array((json ? "a photo \(number)" : "\(number)").utf8))
    }
    try writer.finish()
    return try TextFile.bytes(of: "\(folder)/a.tar")
  }

  private static func table(_ name: String, _ text: String, _ change: @escaping (inout DataSetOptions) -> Void)
    -> Reader
  {
    Reader(
      name: name, file: "pairs.\(name)", seeds: { _ in [Array(text.utf8)] }, prepare: putPictures,
      read: { path, folder in
        var options = DataSetOptions()
        change(&options)
        try readAll(path, options)
      })
  }

  private static func document(_ name: String, _ text: String) -> Reader {
    Reader(
      name: name, file: "captions.json", grammar: .json, seeds: { _ in [Array(text.utf8)] }, prepare: putPictures,
      read: { path, folder in
        var options = DataSetOptions()
        options.imageRoot = folder
        try readAll(path, options)
      })
  }

  private static func classes(_ name: String, _ file: String, _ text: String, _ other: String) -> Reader {
    let files = ["classnames.txt", "zeroshot_classification_templates.txt"]
    return Reader(
      name: name, file: file, seeds: { _ in [Array(text.utf8)] },
      prepare: { folder in
        try Folder.make("\(folder)/test")
        try Sources.write(shard(Sources.standard, json: false), to: "\(folder)/test/0.tar")
        for other in files where other != file {
          try Sources.write(Array("cat {c}\ndog {c}\nfish {c}\n".utf8), to: "\(folder)/\(other)")
        }
      },
      read: { _, folder in
        var options = DataSetOptions()
        options.split = "test"
        let data = try ClassificationData.open(folder, options)
        for label in data.classNames.indices.prefix(3) { _ = data.prompts(for: label) }
      })
  }

  private static func putPictures(_ folder: String) throws {
    for name in pictures {
      try Sources.standard.copy("Tests/ImagesTests/Fixtures/formats/\(name)", to: "\(folder)/\(name)")
    }
  }

  private static func readAll(_ path: String, _ options: DataSetOptions = DataSetOptions()) throws {
    let source = try ImageTextData.open(path, options)
    let skipped = try source.forEach { _ in }
    _ = skipped.summary
    let indexed = try source.indexed()
    for index in 0..<min(indexed.count, 8) {
      _ = try? indexed.sample(at: index).picture(DecodingOptions(maximumPixels: 1 << 20))
    }
    _ = try Fingerprint.of(source)
  }

  /// Makes a folder for each line, with a picture in it, and reads them as classes.
  private static func readFolders(_ path: String, _ folder: String) throws {
    let root = "\(folder)/classes"
    Workplace.remove(root)
    mkdir(root, 0o755)
    for (number, line) in try TextFile.bytes(of: path).split(separator: 0x0A).prefix(16).enumerated() {
      let name = line.filter { $0 != 0x2F && $0 != 0 }.prefix(250).map { CChar(bitPattern: $0) }
      guard name != [0x2E], name != [0x2E, 0x2E] else { continue }
      let target = root.utf8.map { CChar(bitPattern: $0) } + [0x2F] + name
      if mkdir(target + [0], 0o755) == 0, number < 4 {
        symlink(
          "\(Sources.standard.root)/Tests/ImagesTests/Fixtures/formats/rgb_8.png",
          target + [0x2F, 0x61, 0x2E, 0x70, 0x6E, 0x67, 0])
      }
    }
    var options = DataSetOptions()
    options.datasetType = "folders"
    if !FormatCatalog.names.contains("folders") { options.datasetType = "auto" }
    let data = try ClassificationData.open(root, options)
    _ = try data.source.forEach { _ in }
  }
}
