import Testing

@Suite("Studies") struct StudiesPlaceholderTests {}
