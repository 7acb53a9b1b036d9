public import CLIPFiles
internal import CLIPUnits

extension RunFootprint {
  /// All of it as plain data; names carry their units.
  public var json: JSONObject {
    var result: JSONObject = [
      "carbon_kgco2e": .number(carbon.value),
      "energy_j": .number(energy.value),
      "energy_kwh": .number(KilowattHours(energy).value),
      "wall_s": .number(wall.value),
      "cpu_s": .number(processorTime.value),
      "pue": .number(pue),
      "method": .string(method),
      "scope": .string(scope.rawValue),
      "grid": .object(grid.json),
      "hardware": .object(["processor": .string(processor), "threads": .integer(threads)]),
      "sessions": .integer(sessions),
    ]
    if let location { result["location"] = .string(location) }
    result["notes"] = .array(notes.map { .string($0) })
    return result
  }

  /// Reads back what ``json`` wrote; keys that it does not know are left alone.
  /// - Throws: `InputError` with the key of the first value that is missing or makes no sense.
  public init(json object: JSONObject) throws {
    let reader = Members(object, at: "")
    let scopeName = try reader.text("scope")
    guard let scope = EnergyScope(rawValue: scopeName) else {
      throw InputError(
        "unknown scope \"\(scopeName)\"", at: "scope",
        advice: Suggestion.advice(for: scopeName, among: EnergyScope.allCases.map(\.rawValue)))
    }
    let place = try reader.members("grid"), hardware = try reader.members("hardware")
    let grid = GridIntensity(
      code: try place.text("code"), name: try place.text("name"),
      year: place.has("year") ? try place.integer("year", in: 1900...2200) : nil,
      intensity: GramsPerKilowattHour(try place.number("gco2e_per_kwh", in: GridIntensity.range)),
      source: try place.text("source"), isAssumed: try place.bool("assumed"))
    self.init(
      wall: Seconds(try reader.amount("wall_s")), processorTime: Seconds(try reader.amount("cpu_s")),
      energy: Joules(try reader.amount("energy_j")), method: try reader.text("method"), scope: scope, grid: grid,
      pue: try OperationalCarbon.checkedPUE(reader.number("pue", in: 1...10)),
      processor: try hardware.text("processor"), threads: try hardware.integer("threads", in: 1...1_000_000),
      location: reader.has("location") ? try reader.text("location") : nil,
      sessions: try reader.integer("sessions", in: 1...1_000_000), notes: try reader.texts("notes"))
    carbon = KilogramsCO2e(try reader.amount("carbon_kgco2e"))
  }
}

/// The members of an object, with their path for messages.
private struct Members {
  let object: JSONObject
  let path: String

  init(_ object: JSONObject, at path: String) {
    self.object = object
    self.path = path
  }

  func has(_ key: String) -> Bool { object[key] != nil && object[key] != .null }

  private func place(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  private func value<Value>(_ key: String, _ expected: String, _ convert: (JSONValue) -> Value?) throws -> Value {
    guard let member = object[key] else { throw InputError("is missing; expected \(expected)", at: place(key)) }
    guard let value = convert(member) else {
      throw InputError("expected \(expected), found \(member.kind)", at: place(key))
    }
    return value
  }

  func text(_ key: String) throws -> String { try value(key, "a string", \.stringValue) }
  func bool(_ key: String) throws -> Bool { try value(key, "true or false", \.boolValue) }

  func texts(_ key: String) throws -> [String] {
    try value(key, "a list of strings") { list in
      let texts = list.arrayValue?.map(\.stringValue)
      return texts.flatMap { $0.contains(nil) ? nil : $0.compactMap { $0 } }
    }
  }

  func members(_ key: String) throws -> Members {
    Members(try value(key, "an object", \.objectValue), at: place(key))
  }

  func number(_ key: String, in range: ClosedRange<Double>) throws -> Double {
    let number = try value(key, "a number", \.doubleValue)
    guard range.contains(number) else {
      throw InputError("expected \(range.lowerBound) to \(range.upperBound), found \(number)", at: place(key))
    }
    return number
  }

  /// A finite number that is not negative.
  func amount(_ key: String) throws -> Double { try number(key, in: 0...1e18) }

  func integer(_ key: String, in range: ClosedRange<Int>) throws -> Int {
    let number = try value(key, "a whole number", \.intValue)
    guard range.contains(number) else {
      throw InputError("expected \(range.lowerBound) to \(range.upperBound), found \(number)", at: place(key))
    }
    return number
  }
}
