public import CLIPFiles

extension AcceleratorDesign {
  /// Every knob as plain data; names carry their units.
  public var json: JSONObject {
    if let device { return ["measured": .string(device)] }
    return Self.knobs.reduce(into: JSONObject()) { $0[$1.column] = $1.value(of: self).json }
  }
}
