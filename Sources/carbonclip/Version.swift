/// The toolkit's version, as results and model cards state it.
enum Version {
  static let current = "0.1.0"
}
