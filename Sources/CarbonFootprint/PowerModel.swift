import CLIPFiles
import CLIPUnits

/// Estimates what this process draws where no counter tells: a fixed power for each hardware thread that is busy and
/// for each gigabyte of memory in use.
///
///     energy = processor seconds * watts per busy thread  +  wall seconds * resident gigabytes * watts per gigabyte
///
/// Source of the approach and of the figures: Cloud Carbon Footprint, methodology (its min-max interpolation at full
/// load, applied to busy time only); Green Algorithms (Lannelongue et al., Advanced Science 2021) counts alike. The
/// figures stand in `data/carbon/processors.csv` and `memory.csv`.
struct PowerModel: Equatable {
  /// The family whose figure is used.
  let processorName: String
  /// Whether the processor is in no family of the table.
  let isDefault: Bool
  let thread: Watts
  let gigabyte: Watts

  /// Looks the figures up.
  /// - Throws: `InputError` when a table is missing or damaged.
  init(for processor: Processor) throws {
    let path = try DataFolder.path("carbon/processors.csv")
    let table = try FigureTable(
      file: path,
      columns: ["name", "vendor", "family", "first_model", "last_model", "watts_per_busy_thread", "source"])
    (processorName, thread, isDefault) = try namingFile(path) {
      var unknown: (String, Watts, Bool)?
      for row in table.rows {
        let name = try row.text("name"), vendor = try row.text("vendor")
        let watts = Watts(try row.number("watts_per_busy_thread", in: 0.01...1000))
        let family = try row.integer("family", in: 0...65535)
        let first = try row.integer("first_model", in: 0...65535)
        let last = try row.integer("last_model", in: first...65535)
        if vendor == "any" { unknown = (name, watts, true) }
        guard vendor == processor.vendor, family == processor.family, let model = processor.model,
          (first...last).contains(model)
        else { continue }
        return (name, watts, false)
      }
      guard let unknown else { throw InputError("has no row with vendor \"any\" for unknown processors") }
      return unknown
    }
    let memory = try DataFolder.path("carbon/memory.csv")
    let kinds = try FigureTable(file: memory, columns: ["kind", "watts_per_gb", "source"])
    gigabyte = try namingFile(memory) {
      guard let row = kinds.rows.first(where: { $0["kind"] == "dram" }) else { throw InputError("has no row \"dram\"") }
      return Watts(try row.number("watts_per_gb", in: 0...100))
    }
  }

  /// The energy of the time between two looks at a process; memory counts with the mean of both.
  func energy(from before: ProcessUsage, to now: ProcessUsage) -> Joules {
    let gigabytes = (before.residentBytes + now.residentBytes) / 2 * 1e-9
    return thread * max(.zero, now.processor - before.processor)
      + gigabyte * gigabytes * max(.zero, now.wall - before.wall)
  }
}
