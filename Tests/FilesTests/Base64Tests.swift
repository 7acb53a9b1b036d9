import CLIPFiles
import Testing

@Suite("Base 64")
struct Base64Tests {
  @Test(
    "RFC 4648's own examples, both ways",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
      ("foobar", "Zm9vYmFy"),
    ])
  func examples(plain: String, text: String) {
    #expect(Base64.text(of: Array(plain.utf8)) == text)
    #expect(Base64.bytes(of: text) == Array(plain.utf8))
  }

  @Test("every byte comes back, at every length")
  func all() {
    for count in 0...260 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + 250) }
      #expect(Base64.bytes(of: Base64.text(of: bytes)) == bytes)
    }
    #expect(Base64.text(of: [0xfb, 0xff]) == "+/8=")
  }

  @Test("what is none is refused", arguments: ["Z", "Zg=", "Zm9*", "Zg==Zg=="])
  func refused(text: String) { #expect(Base64.bytes(of: text) == nil) }
}
