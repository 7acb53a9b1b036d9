import CLIPFiles

/// Only files on this machine are read; addresses are told by their look.
enum LocalData {
  /// The scheme of an address: `s3://` of `s3://bucket/0.tar`; nil for a path.
  static func scheme(of path: String) -> String? {
    if path.hasPrefix("pipe:") { return "pipe:" }
    let bytes = Array(path.utf8.prefix(40))
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), (2...16).contains(colon),
      bytes[colon...].starts(with: "://".utf8),
      bytes[..<colon].allSatisfy({ byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
          || "+-.".utf8.contains(byte)
      })
    else { return nil }
    return String(decoding: bytes[..<colon], as: UTF8.self).lowercased() + "://"
  }

  /// - Throws: ``InputError`` when one of the names that `::` joins is an address.
  static func require(_ path: String) throws {
    guard !Folder.exists(path), !Folder.containsFile(path) else { return }
    var rest = Substring(path)
    while true {
      if let scheme = scheme(of: String(rest)) { throw refusal(scheme, path) }
      guard let joint = rest.firstRange(of: "::") else { return }
      rest = rest[joint.upperBound...]
    }
  }

  private static func refusal(_ scheme: String, _ path: String) -> InputError {
    let advice =
      switch scheme {
      case "file://": "name the path without file://"
      case "pipe:": "run the command first and name the files that it writes"
      case "s3://": "copy it here first, such as with aws s3 cp --recursive, and name the folder"
      case "gs://": "copy it here first, such as with gcloud storage cp -r, and name the folder"
      case "hf://": "download it first, such as with hf download --repo-type dataset, and name the folder"
      default: "download it first, and name the files or their folder"
      }
    return InputError("only files on this machine are read, no \(scheme)", file: path, advice: advice)
  }
}
