import ArgumentParser
import CLIPAccelerators
import CLIPCarbonFootprint

/// The names that a shell completes where an option takes one.
enum NameCompletion {
  static var designs: CompletionKind { .list((try? AcceleratorDesign.names()) ?? []) }
  static var spaces: CompletionKind { .list((try? DesignSpace.names()) ?? []) }
  static var devices: CompletionKind { .list((try? Device.names()) ?? []) }
  static var weightMemories: CompletionKind { .list((try? MemoryCatalog().weightNames) ?? []) }
  static var dram: CompletionKind { .list(((try? MemoryCatalog().dramNames) ?? []) + ["none"]) }
  static var scenarios: CompletionKind { .list((try? Scenario.names()) ?? []) }
}
