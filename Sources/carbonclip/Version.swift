/// The toolkit's version, as results and model cards state it. The one place: packages, tarballs and tags take it from here
/// (`scripts/version`), and the changelog's first heading is held equal by a test.
enum Version {
  static let current = "0.2.0"
}
