import Foundation
import CCLIPKernelClones
import Testing

@Suite("Kernel catalog")
struct CatalogTests {
  private static func text(_ path: String) throws -> String {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  @Test("every dispatched loop of the product is among those that are compiled for each instruction set")
  func complete() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources/VectorKernels").path
    let clone = try Self.text("Tests/KernelClones/clone.inc")
    let listed = try Self.text("Tests/KernelClones/include/kernel_clones.h")
    var names: Set<String> = []
    for file in try FileManager.default.contentsOfDirectory(atPath: root) where file.hasSuffix(".c") {
      let source = try Self.text("Sources/VectorKernels/\(file)")
      for part in source.components(separatedBy: "\nVK_DISPATCHED").dropFirst() {
        let head = part.prefix { $0 != "(" }
        if let name = head.split(whereSeparator: { " \n*".contains($0) }).last { names.insert(String(name)) }
      }
    }
    #expect(names.count > 35)
    for name in names {
      #expect(listed.contains("K(\(name))"), "kernel_clones.h lacks \(name)")
      #expect(clone.contains("#define \(name) "), "clone.inc lacks \(name)")
    }
  }

  @Test("the baseline runs everywhere, and this processor's best is among those tried")
  func supported() {
    #expect(Clones.all.first?.name == "baseline")
    #expect(vk_processor_has_avx512() == 0 || Clones.all.contains { $0.name == "x86-64-v4" })
  }
}
